const file = 'src/libbpf.c'

/** Types of BTF that refer to themselves. */
export const typeFixes = [
  // Typedefs in a circle were followed for ever. 0 is void, which nobody takes for the type that is wanted.
  {
    file,
    from: `	while (btf_is_mod(t) || btf_is_typedef(t)) {
		if (res_id)
			*res_id = t->type;
		t = btf__type_by_id(btf, t->type);
	}

	return t;
}

static const struct btf_type *
resolve_func_ptr`,
    to: `	while (btf_is_mod(t) || btf_is_typedef(t)) {
		__u32 next = depth++ < 1024 ? t->type : 0;

		if (res_id)
			*res_id = next;
		t = btf__type_by_id(btf, next);
	}

	return t;
}

static const struct btf_type *
resolve_func_ptr`,
  },
  {
    file,
    from: `	const struct btf_type *t = btf__type_by_id(btf, id);

	if (res_id)
		*res_id = id;

	while`,
    to: `	const struct btf_type *t = btf__type_by_id(btf, id);
	int depth = 0;

	if (res_id)
		*res_id = id;

	while`,
  },
  // The alignment of a struct that holds itself took the whole stack, before the variable was refused for being a struct.
  {
    file,
    from: '			ext->kcfg.align = btf__align_of(obj->btf, t->type);\n',
    to: `			if (find_kcfg_type(obj->btf, t->type, NULL) == KCFG_UNKNOWN) {
				pr_warn("extern (kcfg) '%s': type is unsupported\\n", ext_name);
				return -ENOTSUP;
			}
			ext->kcfg.align = btf__align_of(obj->btf, t->type);
`,
  },
]
