const file = 'src/strset.c'

/** The strings of BTF. */
export const stringFixes = [
  // A string of the set itself: growing the set may move it.
  {
    file,
    upstream: 'a25feb4a',
    from: '	return libbpf_add_mem(&set->strs_data, &set->strs_data_cap, 1,\n			      set->strs_data_len, set->strs_data_max_len, add_sz);\n}\n',
    to: `	return libbpf_add_mem(&set->strs_data, &set->strs_data_cap, 1,
			      set->strs_data_len, set->strs_data_max_len, add_sz);
}

static long strset_str_append(struct strset *set, const char *s)
{
	uintptr_t data = (uintptr_t)set->strs_data, at = (uintptr_t)s;
	bool own = data && at >= data && at < data + set->strs_data_len;
	long len = strlen(s) + 1;
	void *p;

	p = strset_add_str_mem(set, len);
	if (!p)
		return -ENOMEM;
	memcpy(p, own ? (char *)set->strs_data + (at - data) : s, len);
	return len;
}
`,
  },
  {
    file,
    upstream: 'a25feb4a',
    from: `	/* see strset__add_str() for why we do this */
	len = strlen(s) + 1;
	p = strset_add_str_mem(set, len);
	if (!p)
		return -ENOMEM;

	new_off = set->strs_data_len;
	memcpy(p, s, len);
`,
    to: `	/* see strset__add_str() for why we do this */
	len = strset_str_append(set, s);
	if (len < 0)
		return len;

	new_off = set->strs_data_len;
`,
  },
  {
    file,
    upstream: 'a25feb4a',
    from: `	 */
	len = strlen(s) + 1;
	p = strset_add_str_mem(set, len);
	if (!p)
		return -ENOMEM;

	new_off = set->strs_data_len;
	memcpy(p, s, len);

	/* Now`,
    to: `	 */
	len = strset_str_append(set, s);
	if (len < 0)
		return len;

	new_off = set->strs_data_len;

	/* Now`,
  },
]
