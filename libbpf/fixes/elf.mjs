const file = 'src/elf.c'

/** Opening the file of a traced program, which belongs to whoever runs it. */
export const elfFixes = [
  // A FIFO would never open, and a device may do anything. A file of a few kilobytes can claim any number of sections, for each of
  // which libelf allocates, and sections of any size, which would be read.
  {
    file,
    from: 'int elf_open(const char *binary_path, struct elf_fd *elf_fd)\n',
    to: `static int elf_check(int fd)
{
	unsigned char header[sizeof(Elf64_Ehdr)] = {};
	bool is64, counts_elsewhere;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (pread(fd, header, sizeof(header), 0) < 0)
		return -errno;
	/* a program has no 65280 sections, from which on the number is in the first one */
	is64 = header[EI_CLASS] == ELFCLASS64;
	counts_elsewhere = is64 ? ((Elf64_Ehdr *)header)->e_shoff && !((Elf64_Ehdr *)header)->e_shnum
				: ((Elf32_Ehdr *)header)->e_shoff && !((Elf32_Ehdr *)header)->e_shnum;
	return counts_elsewhere ? -LIBBPF_ERRNO__FORMAT : 0;
}

static int elf_check_sections(Elf *elf)
{
	const __u64 limit = 1 << 30;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	__u64 sum = 0;

	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		if (!gelf_getshdr(scn, &sh))
			return -LIBBPF_ERRNO__FORMAT;
		if (sh.sh_type == SHT_PROGBITS || sh.sh_type == SHT_NOBITS)
			continue;
		if (sh.sh_size > limit || (sum += sh.sh_size) > limit)
			return -E2BIG;
	}
	return 0;
}

int elf_open(const char *binary_path, struct elf_fd *elf_fd)
`,
  },
  {
    file,
    from: '	fd = open(binary_path, O_RDONLY | O_CLOEXEC);\n',
    to: '	fd = open(binary_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);\n',
  },
  // Not mapped: touching a mapping of a file that is cut off meanwhile ends the process.
  {
    file,
    from: '	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);\n',
    to: `	ret = elf_check(fd);
	if (ret) {
		pr_warn("elf: %s is not the file of a program: %s\\n", binary_path, errstr(ret));
		close(fd);
		return ret;
	}
	elf = elf_begin(fd, ELF_C_READ, NULL);
`,
  },
  {
    file,
    from: '	elf_fd->fd = fd;\n	elf_fd->elf = elf;\n',
    to: `	ret = elf_check_sections(elf);
	if (ret) {
		pr_warn("elf: the sections of %s are damaged or larger than a program's: %s\\n", binary_path, errstr(ret));
		elf_end(elf);
		close(fd);
		return ret;
	}
	elf_fd->fd = fd;
	elf_fd->elf = elf;
`,
  },
  { file, from: '#include <fcntl.h>\n', to: '#include <fcntl.h>\n#include <sys/stat.h>\n' },
  {
    file: 'src/zip.c',
    from: '	fd = open(path, O_RDONLY | O_CLOEXEC);\n',
    to: '	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);\n',
  },
]
