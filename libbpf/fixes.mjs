/** What is changed in the sources, by the name of the source: README.md tells why. Each `from` is in its file exactly once. */
export const fixes = {
  libbpf: [
    // A struct_ops variable: the sum of 32 bits wraps, and a section of type NOBITS has a size and no bytes.
    {
      file: 'src/libbpf.c',
      from: 'if (vsi->offset + type->size > data->d_size) {',
      to: 'if (!data->d_buf || (__u64)vsi->offset + type->size > data->d_size) {',
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
