const file = 'src/libbpf.c'

/**
 * Where the kernel hides addresses (kernel.kptr_restrict, or a process without CAP_SYSLOG), /proc/kallsyms shows 0 for each. libbpf took
 * that for the address: a program got 0 for a variable `extern … __ksym`, and a kprobe.multi link was asked for at 0.
 */
export const kernelSymbolFixes = [
  {
    file,
    from: '	unsigned long long sym_addr;\n	int ret, err = 0;\n	FILE *f;\n\n	f = fopen("/proc/kallsyms", "re");\n',
    to: '	unsigned long long sym_addr;\n	bool hidden = true;\n	int ret, err = 0;\n	FILE *f;\n\n	f = fopen("/proc/kallsyms", "re");\n',
  },
  {
    file,
    from: `		err = cb(sym_addr, sym_type, sym_name, ctx);
		if (err)
			break;
	}

	fclose(f);
	return err;
}

static int kallsyms_cb(`,
    to: `		if (sym_addr)
			hidden = false;
		err = cb(sym_addr, sym_type, sym_name, ctx);
		if (err)
			break;
	}

	fclose(f);
	return err ?: hidden ? -EPERM : 0;
}

static int kallsyms_cb(`,
  },
  // One that the kernel does not have is not there, whether or not addresses are hidden.
  {
    file,
    from: '	return libbpf_kallsyms_parse(kallsyms_cb, obj);\n',
    to: `	int i, err = libbpf_kallsyms_parse(kallsyms_cb, obj);

	if (err != -EPERM)
		return err;
	for (i = 0; i < obj->nr_extern; i++) {
		struct extern_desc *ext = &obj->externs[i];

		if (ext->type == EXT_KSYM && ext->is_set && !ext->ksym.type_id && !ext->ksym.addr) {
			pr_warn("extern (ksym) '%s': /proc/kallsyms hides its address\\n", ext->name);
			return -EPERM;
		}
	}
	return 0;
`,
  },
  {
    file,
    from: '		err = bpf_object__read_kallsyms_file(obj);\n		if (err)\n			return -EINVAL;\n',
    to: '		err = bpf_object__read_kallsyms_file(obj);\n		if (err)\n			return err == -EPERM ? err : -EINVAL;\n',
  },
  {
    file,
    from: `	libbpf_kallsyms_parse(avail_kallsyms_cb, &data);

	if (res->cnt == 0)
		err = -ENOENT;
`,
    to: `	err = libbpf_kallsyms_parse(avail_kallsyms_cb, &data);
	if (err == -EPERM)
		pr_warn("'%s': /proc/kallsyms hides the addresses of functions\\n", res->pattern);

	if (!err && res->cnt == 0)
		err = -ENOENT;
`,
  },
]
