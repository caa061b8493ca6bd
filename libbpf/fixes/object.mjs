const file = 'src/libbpf.c'

/** Objects and their sections: anyone may have written them. */
export const objectFixes = [
  // Newer kernels have the variables of an arena at its end, which no function of the API says.
  {
    file,
    from: 'bool bpf_map__is_internal(const struct bpf_map *map)\n{\n',
    to: `size_t bpf_map__arena_data_off(const struct bpf_map *map)
{
	return map->obj->arena_data_off;
}

bool bpf_map__is_internal(const struct bpf_map *map)
{
`,
  },
  // A struct_ops variable: the sum of 32 bits wraps, and a section of type NOBITS has a size and no bytes.
  {
    file,
    from: '		if (vsi->offset + type->size > data->d_size) {\n',
    to: `		if (check_struct_ops_members(btf, type, tname))
			return -EINVAL;
		if (!data->d_buf || (__u64)vsi->offset + type->size > data->d_size) {
`,
  },
  // The kernel rounds the size of an LRU map without common lists, and forgets flags that are of a descriptor.
  {
    file,
    from: '	return (map_info.type == map->def.type &&\n',
    to: `	max_entries = map->def.max_entries;
	map_flags = map->def.map_flags & ~(BPF_F_RDONLY | BPF_F_WRONLY);
	if (map_flags & BPF_F_NO_COMMON_LRU) {
		int cpus = libbpf_num_possible_cpus();

		if (cpus > 0 && max_entries % cpus) {
			__u64 rounded = roundup((__u64)max_entries, cpus);

			max_entries = rounded > UINT_MAX ? max_entries - max_entries % cpus : rounded;
		}
	}

	return (map_info.type == map->def.type &&
`,
  },
  {
    file,
    from: '		map_info.max_entries == map->def.max_entries &&\n		map_info.map_flags == map->def.map_flags &&\n',
    to: '		map_info.max_entries == max_entries &&\n		map_info.map_flags == map_flags &&\n',
  },
  {
    file,
    from: '	struct bpf_map_info map_info;\n	__u32 map_info_len = sizeof(map_info);\n	int err;\n',
    to: '	struct bpf_map_info map_info;\n	__u32 map_info_len = sizeof(map_info), max_entries, map_flags;\n	int err;\n',
  },
  // An offset before the function was taken for one of 2^64 less.
  {
    file,
    upstream: '33d87a7b',
    from: '	unsigned long offset = 0;\n	const char *func_name;\n',
    to: '	long offset = 0;\n	const char *func_name;\n',
  },
  {
    file,
    upstream: '33d87a7b',
    from: '	if (opts.retprobe && offset != 0) {\n		free(func);\n',
    to: `	if (offset < 0) {
		free(func);
		pr_warn("kprobe offset must be a non-negative integer: %li\\n", offset);
		return -EINVAL;
	}
	if (opts.retprobe && offset != 0) {
		free(func);
`,
  },
  // The same of SEC("uprobe/PATH:FUNCTION+OFFSET").
  {
    file,
    from: "		if (opts.retprobe && offset != 0) {\n			pr_warn(\"prog '%s': uretprobes",
    to: `		if (offset < 0) {
			pr_warn("prog '%s': uprobe offset must be a non-negative integer: %li\\n", prog->name, offset);
			break;
		}
		if (opts.retprobe && offset != 0) {
			pr_warn("prog '%s': uretprobes`,
  },
  // errno is of the last call, which need not be the one that failed.
  {
    file,
    upstream: 'b93c2b91',
    from: `		err = -errno;
		pr_warn("prog '%s': failed to create %s '%s+0x%zx' perf event: %s\\n",
`,
    to: `		err = pfd;
		pr_warn("prog '%s': failed to create %s '%s+0x%zx' perf event: %s\\n",
`,
  },
  {
    file,
    upstream: 'b93c2b91',
    from: `		err = -errno;
		pr_warn("prog '%s': failed to create %s '%s:0x%zx' perf event: %s\\n",
`,
    to: `		err = pfd;
		pr_warn("prog '%s': failed to create %s '%s:0x%zx' perf event: %s\\n",
`,
  },
  // Without memory, a module's BTF was closed twice: the second time perhaps a descriptor of somebody else.
  {
    file,
    upstream: 'acffcfe3',
    from: '			goto err_out;\n\n		mod_btf = &obj->btf_modules[obj->btf_module_cnt++];\n',
    to: '			goto err_out;\n\n		mod_btf = &obj->btf_modules[obj->btf_module_cnt];\n',
  },
  {
    file,
    upstream: 'acffcfe3',
    from: '			err = -ENOMEM;\n			goto err_out;\n		}\n		continue;\n\nerr_out:\n		close(fd);\n		return err;\n',
    to: '			err = -ENOMEM;\n			goto err_out;\n		}\n		obj->btf_module_cnt++;\n		continue;\n\nerr_out:\n		btf__free(btf);\n		close(fd);\n		return err;\n',
  },
  {
    file,
    upstream: 'acffcfe3',
    from: '		info.name_len = sizeof(name);\n\n		err = bpf_btf_get_info_by_fd(fd, &info, &len);\n',
    to: '		info.name_len = sizeof(name);\n\n		btf = NULL;\n		err = bpf_btf_get_info_by_fd(fd, &info, &len);\n',
  },
  // A token may forbid the kinds of programs that the attempt loads.
  {
    file,
    upstream: '77e9d227',
    from: '	if (obj->gen_loader)\n		return 0;\n\n	ret = bump_rlimit_memlock();\n',
    to: '	if (obj->gen_loader || obj->token_fd)\n		return 0;\n\n	ret = bump_rlimit_memlock();\n',
  },
  // A jump table's offset and size are added in 32 bits: a sum that wraps passed for one inside the section.
  {
    file,
    from: '	if (sym_off % jt_entry_size) {\n',
    to: `	if (jt_size < 0 || (__u64)sym_off + jt_size > obj->jumptables_data_sz) {
		pr_warn("map '.jumptables': jump table of %d bytes at %u is outside of the section's %zu bytes\\n",
			jt_size, sym_off, obj->jumptables_data_sz);
		return -EINVAL;
	}
	if (sym_off % jt_entry_size) {
`,
  },
  // A member that lies outside of its struct, by its offset alone, was read and written there.
  {
    file,
    from: 'static int init_struct_ops_maps(struct bpf_object *obj, const char *sec_name,\n',
    to: `static int check_struct_ops_members(const struct btf *btf, const struct btf_type *type, const char *tname)
{
	const struct btf_member *m = btf_members(type);
	__s64 size;
	int i;

	for (i = 0; i < btf_vlen(type); i++, m++) {
		size = btf__resolve_size(btf, m->type);
		/* as it is used: that of a bit field has the size in it */
		if (size >= 0 && m->offset / 8 + (__u64)size > type->size) {
			pr_warn("struct_ops init: member %s of struct %s is beyond its end, or a bit field\\n",
				btf__name_by_offset(btf, m->name_off), tname);
			return -EINVAL;
		}
	}
	return 0;
}

static int init_struct_ops_maps(struct bpf_object *obj, const char *sec_name,
`,
  },
  // A section without bytes can claim any size, and slots of that size would be allocated.
  {
    file,
    from: '		} else if (strcmp(name, MAPS_ELF_SEC) == 0) {\n',
    to: `		} else if (strcmp(name, MAPS_ELF_SEC) == 0) {
			if (sh->sh_type != SHT_PROGBITS)
				return -LIBBPF_ERRNO__FORMAT;
`,
  },
]
