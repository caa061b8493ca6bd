// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Counts calls of functions. One program for all of them: the cookie of its link says which. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

SEC("uprobe")
int on_call(void *context)
{
	__u32 cookie = bpf_get_attach_cookie(context);
	__u64 *count = bpf_map_lookup_elem(&calls, &cookie);

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}
