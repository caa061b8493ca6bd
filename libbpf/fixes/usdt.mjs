const file = 'src/usdt.c'

/** USDT probes: their notes, their semaphores and /proc/PID/maps are what the traced program makes of them. */
export const usdtFixes = [
  // A path longer than the buffer on the stack overflowed it.
  {
    file,
    upstream: '656323e6',
    from: '	char path[PATH_MAX], line[PATH_MAX], mode[16];\n',
    to: '	char path[PATH_MAX], line[4096], mode[16];\n',
  },
  { file, upstream: '656323e6', from: '	int tmp_pid, i, err;\n', to: '	int tmp_pid, n, i, err;\n' },
  {
    file,
    upstream: '656323e6',
    from: `	if (sscanf(lib_path, "/proc/%d/root%s", &tmp_pid, path) == 2 && pid == tmp_pid)
		goto proceed;
`,
    to: `	n = 0;
	if (sscanf(lib_path, "/proc/%d/root%n", &tmp_pid, &n) == 1 && n > 0 && pid == tmp_pid && lib_path[n] == '/') {
		libbpf_strlcpy(path, lib_path + n, sizeof(path));
		goto proceed;
	}
`,
  },
  {
    file,
    upstream: '656323e6',
    from: '	while (fscanf(f, "%zx-%zx %s %zx %*s %*d%[^\\n]\\n",\n',
    to: '	while (fscanf(f, "%zx-%zx %15s %zx %*s %*d%4095[^\\n]%*[^\\n]\\n",\n',
  },
  // The kernel runs no program with more of them, and a sparse file can claim any number.
  {
    file,
    from: `	if (elf_getphdrnum(elf, &n)) {
		err = -errno;
		return err;
	}
`,
    to: `	if (elf_getphdrnum(elf, &n) || n > 65536 / sizeof(phdr))
		return -LIBBPF_ERRNO__FORMAT;
`,
  },
  {
    file,
    from: '		if (!gelf_getphdr(elf, i, &phdr)) {\n			err = -errno;\n			return err;\n		}\n',
    to: '		if (!gelf_getphdr(elf, i, &phdr))\n			return -LIBBPF_ERRNO__FORMAT;\n',
  },
  { file, from: '	int i, err;\n	struct elf_seg *seg;\n', to: '	int i;\n	struct elf_seg *seg;\n' },
  // A prelinked file's semaphores have moved with its code. Without this, the kernel counts in memory of the program that is
  // something else.
  {
    file,
    from: `		if (base_addr && note.base_addr)
			usdt_abs_ip += base_addr - note.base_addr;
`,
    to: `		if (base_addr && note.base_addr) {
			usdt_abs_ip += base_addr - note.base_addr;
			if (note.sema_addr)
				note.sema_addr += base_addr - note.base_addr;
		}
`,
  },
  // The arguments' text must end inside the note: sscanf reads on until a 0, past the end of the file's mapping.
  {
    file,
    from: `	if (args >= data + len) /* missing arguments spec */
		return -EINVAL;
`,
    to: `	if (args >= data + len || !memchr(args, '\\0', data + len - args)) /* missing or non-zero-terminated arguments spec */
		return -EINVAL;
`,
  },
  // %n is not reached where the closing bracket is missing, and the length is not set: libbpf read on anywhere.
  {
    file,
    from: `		len = parse_usdt_arg(s, spec->arg_cnt, arg, &arg_sz);
		if (len < 0)
			return len;
`,
    to: `		len = parse_usdt_arg(s, spec->arg_cnt, arg, &arg_sz);
		if (len <= 0) {
			pr_warn("usdt: argument #%d of '%s:%s' cannot be read: '%s' is no constant, whole register or memory at one (spec '%s')\\n",
				spec->arg_cnt, note->provider, note->name, s, note->args);
			return -ENOTSUP;
		}
`,
  },
  {
    file,
    from: '	int len, reg_off, idx_reg_off, scale = 1;\n',
    to: '	int len = 0, reg_off, idx_reg_off, scale = 1;\n',
  },
  {
    file,
    from: '	int len, reg_off;\n	long off;\n\n	if (sscanf(arg_str, " %d @ \\[ %15[a-z0-9] , %ld ] %n",',
    to: '	int len = 0, reg_off;\n	long off;\n\n	if (sscanf(arg_str, " %d @ \\[ %15[a-z0-9] , %ld ] %n",',
  },
  // The kernel finds a semaphore by its place in the file. Beyond the file's pages there is none, and the probe would never run. Where
  // a segment before it shares the page, as lld and mold make them, the kernel counts there: in the first one that can be written,
  // which RELRO can until the program's loader has started it.
  {
    file,
    from: 'struct elf_seg {\n	long start;\n	long end;\n	long offset;\n	bool is_exec;\n',
    to: 'struct elf_seg {\n	long start;\n	long end;\n	long file_end;\n	long offset;\n	bool is_exec;\n	bool is_writable;\n	bool is_relro;\n',
  },
  {
    file,
    from: '		if (phdr.p_type != PT_LOAD)\n			continue;\n',
    to: `		if (phdr.p_type == PT_GNU_RELRO)
			relro = phdr;
		if (phdr.p_type != PT_LOAD)
			continue;
`,
  },
  { file, from: '	GElf_Phdr phdr;\n	size_t n;\n', to: '	GElf_Phdr phdr, relro = {};\n	size_t n;\n' },
  {
    file,
    from: '		seg->is_exec = phdr.p_flags & PF_X;\n',
    to: `		seg->is_exec = phdr.p_flags & PF_X;
		seg->is_writable = phdr.p_flags & PF_W;
		seg->is_relro = false;
		seg->file_end = phdr.p_vaddr + phdr.p_filesz;
`,
  },
  {
    file,
    from: '	if (*seg_cnt == 0) {\n		pr_warn("usdt: failed to find PT_LOAD',
    to: `	for (i = 0; i < *seg_cnt; i++) {
		seg = *segs + i;
		seg->is_relro = relro.p_memsz && seg->start >= (long)relro.p_vaddr &&
				seg->file_end <= (long)(relro.p_vaddr + relro.p_memsz);
	}
	if (*seg_cnt == 0) {
		pr_warn("usdt: failed to find PT_LOAD`,
  },
  {
    file,
    from: 'static int parse_usdt_note(GElf_Nhdr *nhdr, const char *data, size_t name_off,\n			   size_t desc_off, struct usdt_note *usdt_note);\n',
    to: `static bool has_file_page(const struct elf_seg *seg, long off)
{
	long page = sysconf(_SC_PAGE_SIZE), first = seg->offset / page * page;

	return seg->file_end > seg->start && off >= first &&
	       off < first + roundup(seg->offset - first + seg->file_end - seg->start, page);
}

static int check_sema(struct elf_seg *segs, const struct elf_seg *seg, long off, int pid, const char *path)
{
	const struct elf_seg *other;

	if (!has_file_page(seg, off)) {
		pr_warn("usdt: the semaphore is in memory that no page of '%s' is mapped to (.bss), where the kernel cannot count\\n",
			path);
		return -ENOTSUP;
	}
	for (other = segs; other < seg; other++) {
		if (!other->is_writable || !has_file_page(other, off))
			continue;
		if (other->is_relro && pid >= 0)
			continue;
		pr_warn("usdt: the semaphore shares a page of '%s' with the writable segment at 0x%lx, where the kernel would count instead%s\\n",
			path, other->start, other->is_relro ? " in processes that start later; name the pid of one that runs" : "");
		return -ENOTSUP;
	}
	return 0;
}

static int parse_usdt_note(GElf_Nhdr *nhdr, const char *data, size_t name_off,
			   size_t desc_off, struct usdt_note *usdt_note);
`,
  },
  {
    file,
    from: '			usdt_sema_off = note.sema_addr - seg->start + seg->offset;\n',
    to: `			usdt_sema_off = note.sema_addr - seg->start + seg->offset;
			err = check_sema(segs, seg, usdt_sema_off, pid, path);
			if (err)
				goto err_out;
`,
  },
]
