const file = 'src/relo_core.c'

/** CO-RE relocations: an accessor such as `0:1:2` is text of the object, and its numbers index kernel types. */
export const relocationFixes = [
  // sscanf takes signs, spaces and numbers that wrap. A negative index passed every check and was read far before the members.
  {
    file,
    upstream: '5ca5801a',
    from: `		if (sscanf(spec_str, "%d%n", &access_idx, &parsed_len) != 1)
			return -EINVAL;
`,
    to: `		for (access_idx = 0, parsed_len = 0; isdigit((unsigned char)spec_str[parsed_len]); parsed_len++) {
			if (__builtin_mul_overflow(access_idx, 10, &access_idx) ||
			    __builtin_add_overflow(access_idx, spec_str[parsed_len] - '0', &access_idx))
				return -EINVAL;
		}
		if (parsed_len == 0 || (spec_str[parsed_len] != ':' && spec_str[parsed_len] != '\\0'))
			return -EINVAL;
`,
  },
  // Offsets are added up in 32 bits: an index that wraps would relocate to another field without an error.
  {
    file,
    from: 'int bpf_core_parse_spec(const char *prog_name, const struct btf *btf,\n',
    to: `static int bpf_core_skip_elems(__u32 *bit_offset, __u32 idx, __s64 sz)
{
	__u64 bits;

	if (__builtin_mul_overflow((__u64)idx, (__u64)sz * 8, &bits) ||
	    __builtin_add_overflow(*bit_offset, bits, bit_offset))
		return -E2BIG;
	return 0;
}

int bpf_core_parse_spec(const char *prog_name, const struct btf *btf,
`,
  },
  {
    file,
    from: '	spec->bit_offset = access_idx * sz * 8;\n',
    to: '	if (bpf_core_skip_elems(&spec->bit_offset, access_idx, sz))\n		return -E2BIG;\n',
  },
  {
    file,
    from: '			spec->bit_offset += access_idx * sz * 8;\n',
    to: '			if (bpf_core_skip_elems(&spec->bit_offset, access_idx, sz))\n				return -E2BIG;\n',
  },
  {
    file,
    from: `			bit_offset = btf_member_bit_offset(t, access_idx);
			spec->bit_offset += bit_offset;
`,
    to: `			bit_offset = btf_member_bit_offset(t, access_idx);
			if (__builtin_add_overflow(spec->bit_offset, bit_offset, &spec->bit_offset))
				return -E2BIG;
`,
  },
  {
    file,
    from: '			targ_spec->bit_offset += local_acc->idx * sz * 8;\n',
    to: '			if (bpf_core_skip_elems(&targ_spec->bit_offset, local_acc->idx, sz))\n				return -E2BIG;\n',
  },
]
