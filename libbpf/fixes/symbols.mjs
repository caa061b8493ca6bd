const file = 'src/elf.c'

/** Functions of a traced program: its file belongs to whoever runs it, and need not be what a compiler makes. */
export const symbolFixes = [
  // A size of 0 divided by zero. A sparse file could claim symbols that take hours to look through.
  {
    file,
    from: `	iter->strtabidx = sh.sh_link;
	iter->syms = elf_getdata(scn, 0);
`,
    to: `	if (sh.sh_entsize != gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT) || sh.sh_size / sh.sh_entsize > 1 << 24) {
		pr_warn("elf: '%s' has a symbol table of %zu bytes with entries of %zu bytes\\n",
			binary_path, (size_t)sh.sh_size, (size_t)sh.sh_entsize);
		return -EINVAL;
	}
	iter->strtabidx = sh.sh_link;
	iter->syms = elf_getdata(scn, 0);
`,
  },
  // A list of versions whose distances wrap never ends.
  {
    file,
    from: '			offset += verdef.vd_next;\n',
    to: `			if (__builtin_add_overflow(offset, verdef.vd_next, &offset))
				break;
`,
  },
  // Only program headers say where the kernel maps a file. libbpf took the headers of sections, which nothing has to keep true: the
  // probe was put on other code, without an error. An object that is not linked has sections alone.
  {
    file,
    from: `static unsigned long elf_sym_offset(struct elf_sym *sym)
{
	return sym->sym.st_value - sym->sh.sh_addr + sym->sh.sh_offset;
}
`,
    to: `static long elf_sym_offset(struct elf_sym_iter *iter, const char *binary_path)
{
	struct elf_sym *sym = &iter->sym;
	GElf_Addr at = sym->sym.st_value;
	GElf_Ehdr ehdr;
	GElf_Phdr phdr;
	size_t i, n;

	/* a function of another file: at 0, or at its entry in the table of calls to such functions */
	if (sym->sym.st_shndx == SHN_UNDEF)
		return 0;
	if (!gelf_getehdr(iter->elf, &ehdr) || elf_getphdrnum(iter->elf, &n))
		return -LIBBPF_ERRNO__FORMAT;
	if (ehdr.e_type == ET_REL)
		return at - sym->sh.sh_addr + sym->sh.sh_offset;
	/* the kernel runs no program with more of them */
	if (n > 65536 / sizeof(phdr))
		return -LIBBPF_ERRNO__FORMAT;
	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(iter->elf, i, &phdr))
			return -LIBBPF_ERRNO__FORMAT;
		if (phdr.p_type == PT_LOAD && (phdr.p_flags & PF_X) &&
		    at >= phdr.p_vaddr && at - phdr.p_vaddr < phdr.p_filesz &&
		    at - phdr.p_vaddr + phdr.p_offset <= LONG_MAX)
			return at - phdr.p_vaddr + phdr.p_offset;
	}
	pr_warn("elf: '%s' of '%s' is at 0x%lx, which no executable segment of the file has\\n",
		sym->name, binary_path, (unsigned long)at);
	return -ESRCH;
}
`,
  },
  {
    file,
    from: '				if (elf_sym_offset(sym) == ret) {\n',
    to: '				if (elf_sym_offset(&iter, binary_path) == ret) {\n',
  },
  {
    file,
    from: '			ret = elf_sym_offset(sym);\n',
    to: `			ret = elf_sym_offset(&iter, binary_path);
			if (ret < 0)
				goto out;
`,
  },
  {
    file,
    from: `			unsigned long sym_offset = elf_sym_offset(sym);
			int bind`,
    to: `			long sym_offset;
			int bind`,
  },
  {
    file,
    from: `			if (!found)
				continue;

			offset = &offsets[found->idx];
`,
    to: `			if (!found)
				continue;

			sym_offset = elf_sym_offset(&iter, binary_path);
			if (sym_offset < 0) {
				err = sym_offset;
				goto out;
			}
			if (sym_offset == 0)
				continue;
			offset = &offsets[found->idx];
`,
  },
  {
    file,
    from: `			if (!glob_match(sym->name, pattern))
				continue;

			err = libbpf_ensure_mem(`,
    to: `			long sym_offset;

			if (!glob_match(sym->name, pattern))
				continue;

			sym_offset = elf_sym_offset(&iter, binary_path);
			if (sym_offset < 0) {
				err = sym_offset;
				goto out;
			}
			if (sym_offset == 0)
				continue;

			err = libbpf_ensure_mem(`,
  },
  { file, from: '			offsets[cnt++] = elf_sym_offset(sym);\n', to: '			offsets[cnt++] = sym_offset;\n' },
  // A name without a version means what a program would be linked with: the default version, beside which older ones do not make it ambiguous.
  // Where that is an indirect function, the name has no code: an older version of it that has some is not what programs call.
  {
    file,
    from: `/* Find offset of function name in the provided ELF object. "binary_path" is
`,
    to: `/* Whether a name without a version means this symbol: foo or foo@@VERSION, and not foo@VERSION. */
static bool is_default_version(const struct elf_sym *sym, size_t name_len)
{
	return !sym->hidden && !(sym->name[name_len] == '@' && sym->name[name_len + 1] != '@');
}

/* Whether the function's address is computed when a program is linked with it. */
static bool is_indirect(Elf *elf, const char *binary_path, const char *name, size_t name_len,
			const char *lib_ver)
{
	int i, sh_types[2] = { SHT_DYNSYM, SHT_SYMTAB };

	for (i = 0; i < ARRAY_SIZE(sh_types); i++) {
		struct elf_sym_iter iter;
		struct elf_sym *sym;

		if (elf_sym_iter_new(&iter, elf, binary_path, sh_types[i], STT_GNU_IFUNC))
			continue;
		while ((sym = elf_sym_iter_next(&iter))) {
			if (sym->sym.st_shndx != SHN_UNDEF &&
			    symbol_match(&iter, sh_types[i], sym, name, name_len, lib_ver) &&
			    (lib_ver || is_default_version(sym, name_len)))
				return true;
		}
	}
	return false;
}

/* Find offset of function name in the provided ELF object. "binary_path" is
`,
  },
  {
    file,
    from: '	bool is_shared_lib;\n	long ret = -ENOENT;\n',
    to: '	bool is_shared_lib, is_default = false, is_imported = false;\n	long ret = -ENOENT;\n',
  },
  {
    file,
    from: `			cur_bind = GELF_ST_BIND(sym->sym.st_info);

			if (ret > 0) {
`,
    to: `			cur_bind = GELF_ST_BIND(sym->sym.st_info);
			if (sym->sym.st_shndx == SHN_UNDEF)
				is_imported = true;
			if (ret > 0 && !lib_ver && is_default != is_default_version(sym, name_len)) {
				if (is_default)
					continue;
			} else if (ret > 0) {
`,
  },
  {
    file,
    from: '			last_bind = cur_bind;\n',
    to: '			last_bind = cur_bind;\n			is_default = is_default_version(sym, name_len);\n',
  },
  {
    file,
    from: `	if (ret > 0) {
		pr_debug("elf: symbol address match for`,
    to: `	if ((ret <= 0 || (!lib_ver && !is_default)) &&
	    is_indirect(elf, binary_path, name, name_len, lib_ver)) {
		pr_warn("elf: '%s' of '%s' is an indirect function (STT_GNU_IFUNC)\\n", name, binary_path);
		ret = -ESRCH;
		goto out;
	}
	if (ret <= 0 && is_imported) {
		pr_warn("elf: '%s' takes '%s' from a shared library\\n", binary_path, name);
		ret = -ENOENT;
		goto out;
	}
	if (ret > 0) {
		pr_debug("elf: symbol address match for`,
  },
]
