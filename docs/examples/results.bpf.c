// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Counts the system calls of one process, and what they returned. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct total {
	__u64 calls;
	__u64 failed;
};

/* A struct for each CPU: no two write the same memory. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct total);
} totals SEC(".maps");

/* How often what was returned had that many bits. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} bits SEC(".maps");

const volatile __u32 process = 0;

SEC("raw_tp/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args *args)
{
	__u32 only = 0, length = 0;
	struct total *total = bpf_map_lookup_elem(&totals, &only);
	__s64 result = args->args[1];
	__u64 *count;

	if (!total || bpf_get_current_pid_tgid() >> 32 != process)
		return 0;
	total->calls += 1;
	if (result < 0) {
		total->failed += 1;
		return 0;
	}
	while (length < 63 && result >> length)
		length++;
	count = bpf_map_lookup_elem(&bits, &length);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}
