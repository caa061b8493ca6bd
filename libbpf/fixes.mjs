/** What is changed in the sources, by the name of the source: README.md tells why. Each `from` is in its file exactly once. */
export const fixes = {
  libbpf: [
    // CVE-2025-29481: a crafted object made libbpf read outside it. Upstream's one line, which Debian carries too.
    {
      file: 'src/libbpf.c',
      from: 'if (sec_off + prog_sz > sec_sz) {',
      to: 'if (sec_off + prog_sz > sec_sz || sec_off + prog_sz < sec_off) {',
    },
    // The same in a struct_ops section, where the sum of 32 bits wraps, and one of type NOBITS, which has no bytes.
    {
      file: 'src/libbpf.c',
      from: 'if (vsi->offset + type->size > data->d_size) {',
      to: 'if (!data->d_buf || (__u64)vsi->offset + type->size > data->d_size) {',
    },
    // Globals of an arena: libbpf kept a pointer into its maps, null where no map is an arena and stale once a later map moved them.
    // Upstream's "Fix handling of BPF arena relocations" of 1.6 keeps the index; this looks it up.
    {
      file: 'src/libbpf.c',
      from: '\t\treloc_desc->map_idx = obj->arena_map - obj->maps;\n',
      to: `\t\tfor (map_idx = 0; map_idx < nr_maps && obj->maps[map_idx].def.type != BPF_MAP_TYPE_ARENA; map_idx++)
\t\t\t;
\t\tif (map_idx == nr_maps) {
\t\t\tpr_warn("prog '%s': data relo against '%s' without an arena map\\n", prog->name, sym_sec_name);
\t\t\treturn -LIBBPF_ERRNO__RELOC;
\t\t}
\t\treloc_desc->map_idx = map_idx;
`,
    },
    // A __kconfig variable of 2 GiB or more: its size was taken for an errno beyond those that a pointer is checked for.
    { file: 'src/libbpf.c', from: 'return ext->kcfg.sz;', to: 'return -EINVAL;' },
    // Several whose sizes add up to that: the sum is the size of the map that they are written to.
    {
      file: 'src/libbpf.c',
      from: '\t\t\text->kcfg.data_off = roundup(off, ext->kcfg.align);\n',
      to: `\t\t\tif (ext->kcfg.sz > INT_MAX - off - ext->kcfg.align) {
\t\t\t\tpr_warn("extern (kcfg) '%s': size %d is too large\\n", ext->name, ext->kcfg.sz);
\t\t\t\treturn -E2BIG;
\t\t\t}
\t\t\text->kcfg.data_off = roundup(off, ext->kcfg.align);
`,
    },
  ],
}
