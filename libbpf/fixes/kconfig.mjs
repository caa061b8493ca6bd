const file = 'src/libbpf.c'

/** `__kconfig` variables, and the text that sets them: an option, or the configuration of the kernel. */
export const kconfigFixes = [
  // A __kconfig variable of 2 GiB or more: its size was taken for an errno beyond those that a pointer is checked for.
  { file, from: 'return ext->kcfg.sz;', to: 'return -EINVAL;' },
  // Several whose sizes add up to that: the sum is the size of the map that they are written to.
  {
    file,
    from: '\t\t\text->kcfg.data_off = roundup(off, ext->kcfg.align);\n',
    to: `\t\t\tif (ext->kcfg.sz > INT_MAX - off - ext->kcfg.align) {
\t\t\t\tpr_warn("extern (kcfg) '%s': size %d is too large\\n", ext->name, ext->kcfg.sz);
\t\t\t\treturn -E2BIG;
\t\t\t}
\t\t\text->kcfg.data_off = roundup(off, ext->kcfg.align);
`,
  },
  // A line that is refused is quoted whole, not up to its '=', and without its end.
  {
    file,
    from: "	sep = strchr(buf, '=');\n	if (!sep) {\n",
    to: "	buf[strcspn(buf, \"\\n\")] = '\\0';\n	sep = strchr(buf, '=');\n	if (!sep) {\n",
  },
  {
    file,
    from: '	ext = find_extern_by_name(obj, buf);\n	if (!ext || ext->is_set)\n',
    to: "	ext = find_extern_by_name(obj, buf);\n	*sep = '=';\n	if (!ext || ext->is_set)\n",
  },
  // Only the first letter was looked at: `CONFIG_X=never` was n.
  {
    file,
    from: "	switch (*value) {\n	case 'y': case 'n': case 'm':\n",
    to: `	switch (*value) {
	case 'y': case 'n': case 'm':
		if (value[1]) {
			pr_warn("extern (kcfg) '%s': value '%s' is not y, n or m\\n", ext->name, value);
			return -EINVAL;
		}
`,
  },
  // What does not fit in the buffer was read as lines of their own, which could set other variables.
  {
    file,
    from: '	while (fgets(buf, sizeof(buf), file)) {\n',
    to: `	while (fgets(buf, sizeof(buf), file)) {
		if (strlen(buf) == sizeof(buf) - 1 && buf[sizeof(buf) - 2] != '\\n') {
			pr_warn("in-memory Kconfig line is longer than %zu bytes: '%.60s...'\\n", sizeof(buf) - 2, buf);
			err = -EINVAL;
			break;
		}
`,
  },
  {
    file,
    from: '	while (gzgets(file, buf, sizeof(buf))) {\n',
    to: `	while (gzgets(file, buf, sizeof(buf))) {
		if (strlen(buf) == sizeof(buf) - 1 && buf[sizeof(buf) - 2] != '\\n') {
			pr_warn("system Kconfig line is longer than %zu bytes: '%.60s...'\\n", sizeof(buf) - 2, buf);
			err = -EINVAL;
			goto out;
		}
`,
  },
]
