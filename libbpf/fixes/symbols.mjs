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
]
