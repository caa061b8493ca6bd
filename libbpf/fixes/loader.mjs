const generator = 'src/gen_loader.c'
const object = 'src/libbpf.c'

/** Loader programs: what `bpf_object__gen_loader` makes, and what becomes of the object. */
export const loaderFixes = [
  // The offset was counted from the instruction before the jump: a wrong hash jumped into the middle of the cleanup.
  {
    file: generator,
    upstream: '5a5b5b0d',
    from: `		off =  -(gen->insn_cur - gen->insn_start - gen->cleanup_label) / 8 - 1;
		if (is_simm16(off)) {
			emit(gen, BPF_MOV64_IMM(BPF_REG_7, -EINVAL));
			emit(gen, BPF_JMP_REG(BPF_JNE, BPF_REG_2, BPF_REG_3, off));
		} else {
			gen->error = -ERANGE;
			emit(gen, BPF_JMP_IMM(BPF_JA, 0, 0, -1));
		}
`,
    to: `		off = -(gen->insn_cur - gen->insn_start - gen->cleanup_label) / 8 - 2;
		if (is_simm16(off)) {
			emit(gen, BPF_MOV64_IMM(BPF_REG_7, -EINVAL));
			emit(gen, BPF_JMP_REG(BPF_JNE, BPF_REG_2, BPF_REG_3, off));
		} else {
			gen->error = -ERANGE;
		}
`,
  },
  {
    file: generator,
    upstream: 'ec59141b',
    from: '	} else {\n		gen->error = -ERANGE;\n		emit(gen, BPF_JMP_IMM(BPF_JA, 0, 0, -1));\n	}\n',
    to: '	} else {\n		gen->error = -ERANGE;\n	}\n',
  },
  // Without memory, the hash was taken of a null pointer.
  {
    file: generator,
    upstream: '77ff0937',
    from: `	if (OPTS_GET(gen->opts, gen_hash, false))
		compute_sha_update_offsets(gen);

	pr_debug("gen: finish %s\\n", errstr(gen->error));
	if (!gen->error) {
		struct gen_loader_opts *opts = gen->opts;

`,
    to: `	if (!gen->error) {
		struct gen_loader_opts *opts = gen->opts;

		if (OPTS_GET(opts, gen_hash, false))
			compute_sha_update_offsets(gen);

`,
  },
  {
    file: generator,
    upstream: '77ff0937',
    from: '				bpf_insn_bswap(insn++);\n		}\n	}\n	return gen->error;\n',
    to: '				bpf_insn_bswap(insn++);\n		}\n	}\n	pr_debug("gen: finish %s\\n", errstr(gen->error));\n	return gen->error;\n',
  },
  {
    file: generator,
    upstream: '89308c28',
    from: '		free(gen->insn_start);\n		gen->insn_start = NULL;\n',
    to: '		free(gen->insn_start);\n		gen->insn_start = NULL;\n		gen->insn_cur = NULL;\n',
  },
  {
    file: generator,
    upstream: '89308c28',
    from: '		free(gen->data_start);\n		gen->data_start = NULL;\n',
    to: '		free(gen->data_start);\n		gen->data_start = NULL;\n		gen->data_cur = NULL;\n',
  },
  // After a failure the offset is 0, of a buffer that may be gone.
  {
    file: generator,
    upstream: 'dfc8559e',
    from: '	if (gen->swapped_endian) {\n		struct bpf_insn *insn = gen->data_start + insns_off;\n',
    to: '	if (gen->swapped_endian && !gen->error) {\n		struct bpf_insn *insn = gen->data_start + insns_off;\n',
  },
  {
    file: generator,
    upstream: 'dfc8559e',
    from: '	if (gen->swapped_endian)\n		info_blob_bswap(',
    to: '	if (gen->swapped_endian && !gen->error)\n		info_blob_bswap(',
  },
  // A size that wraps when it is rounded up passed the check.
  {
    file: generator,
    upstream: '2dca7916',
    from: '	__u32 size8 = roundup(size, 8);\n	__u64 zero = 0;\n	void *prev;\n\n',
    to: `	__u64 zero = 0;
	__u32 size8;
	void *prev;

	if (size > INT32_MAX) {
		gen->error = -ERANGE;
		return 0;
	}
	size8 = roundup(size, 8);

`,
  },
  // A map that other programs may write to can change once its hash is known. struct bpf_map has `excl` behind the hash.
  {
    file: generator,
    upstream: '7e3bab2a',
    from: `	__s64 off;
	int i;

	for (i = 0; i < SHA256_DWORD_SIZE; i++) {
		emit2(`,
    to: `	__s64 off;
	int i;

	emit2(gen, BPF_LD_IMM64_RAW_FULL(BPF_REG_1, BPF_PSEUDO_MAP_IDX,
					 0, 0, 0, 0));
	emit(gen, BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1, SHA256_DIGEST_LENGTH));
	off = -(gen->insn_cur - gen->insn_start - gen->cleanup_label) / 8 - 2;
	if (is_simm16(off)) {
		emit(gen, BPF_MOV64_IMM(BPF_REG_7, -EINVAL));
		emit(gen, BPF_JMP_IMM(BPF_JNE, BPF_REG_2, 1, off));
	} else {
		gen->error = -ERANGE;
	}

	for (i = 0; i < SHA256_DWORD_SIZE; i++) {
		emit2(`,
  },
  // Whoever runs a signed loader could give other sizes of maps and other values of globals than those that are signed.
  {
    file: generator,
    upstream: '364ee320',
    from: '	if (map_idx >= 0)\n		move_ctx2blob(',
    to: '	if (map_idx >= 0 && !OPTS_GET(gen->opts, gen_hash, false))\n		move_ctx2blob(',
  },
  {
    file: generator,
    upstream: '62fab2fc',
    from: '	emit(gen, BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_6,\n			      sizeof(struct bpf_loader_ctx) +\n',
    to: `	if (OPTS_GET(gen->opts, gen_hash, false))
		goto update;
	emit(gen, BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_6,
			      sizeof(struct bpf_loader_ctx) +
`,
  },
  {
    file: generator,
    upstream: '62fab2fc',
    from: '	emit(gen, BPF_EMIT_CALL(BPF_FUNC_probe_read_kernel));\n\n	map_update_attr = ',
    to: '	emit(gen, BPF_EMIT_CALL(BPF_FUNC_probe_read_kernel));\n\nupdate:\n	map_update_attr = ',
  },
  // The loader's stack has room for so many descriptors.
  {
    file: generator,
    from: '	gen->log_level = log_level;\n	/* save ctx',
    to: `	gen->log_level = log_level;
	if (nr_progs > MAX_USED_PROGS) {
		pr_warn("Total programs and functions exceed %d\\n", MAX_USED_PROGS);
		gen->error = -E2BIG;
	}
	/* save ctx`,
  },
  // What a program that failed to be loaded left.
  {
    file: generator,
    from: '	free(gen->data_start);\n	free(gen->insn_start);\n	free(gen);\n',
    to: `	free(gen->relos);
	free(gen->core_relos);
	free(gen->ksyms);
	free(gen->data_start);
	free(gen->insn_start);
	free(gen);
`,
  },
  // libbpf tries again without types where the kernel refuses them; a loader cannot. Only globals may have a value's type alone.
  {
    file: object,
    from: '	if (obj->gen_loader) {\n		bpf_gen__map_create(',
    to: `	if (obj->gen_loader) {
		if (!create_attr.btf_key_type_id && !bpf_map__is_internal(map))
			create_attr.btf_value_type_id = 0;
		bpf_gen__map_create(`,
  },
  // The descriptor that stands for an inner map's was forgotten, and left open. It is a file of its own and can be closed.
  {
    file: object,
    from: '		if (obj->gen_loader)\n			map->inner_map->fd = -1;\n		bpf_map__destroy(',
    to: '		bpf_map__destroy(',
  },
  // The 0 that stands for a descriptor of the BTF was closed with the object, which is this process's standard input.
  {
    file: object,
    from: '	if (err) {\n		bpf_object_unpin(obj);\n		bpf_object_unload(obj);\n		obj->state = OBJ_LOADED;\n		return err;\n	}\n',
    to: `	if (err) {
		if (obj->gen_loader && obj->btf)
			btf__set_fd(obj->btf, -1);
		bpf_object_unpin(obj);
		bpf_object_unload(obj);
		obj->state = OBJ_LOADED;
		return err;
	}
`,
  },
  // The index of an extern was used for every relocation, also for those that have none: a pointer far outside of the array.
  {
    file: object,
    from: '		struct extern_desc *ext = &obj->externs[relo->ext_idx];\n		int kind;\n\n		switch (relo->type) {\n',
    to: `		struct extern_desc *ext = NULL;
		int kind;

		if (relo->type == RELO_EXTERN_LD64 || relo->type == RELO_EXTERN_CALL)
			ext = &obj->externs[relo->ext_idx];
		switch (relo->type) {
`,
  },
  // A program that a loader program has loaded becomes one of the object's. The object owns the descriptor from then on.
  {
    file: object,
    from: 'int bpf_program__fd(const struct bpf_program *prog)\n{\n',
    to: `int bpf_program__adopt_fd(struct bpf_program *prog, int fd)
{
	if (fd < 0 || prog->fd >= 0)
		return libbpf_err(-EINVAL);
	prog->fd = fd;
	prog->obj->state = OBJ_LOADED;
	return 0;
}

int bpf_program__fd(const struct bpf_program *prog)
{
`,
  },
]
