// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Counts the stacks on which it finds a thread: in the process, and in the kernel. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct stack {
	__s32 user; /* ids in `stacks`; negative where there is none */
	__s32 kernel;
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(key_size, 4);
	__uint(value_size, 127 * 8);
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct stack);
	__type(value, __u64);
} samples SEC(".maps");

__u64 lost = 0;

SEC("perf_event")
int on_sample(void *context)
{
	struct stack stack = {
		.user = bpf_get_stackid(context, &stacks, BPF_F_USER_STACK),
		.kernel = bpf_get_stackid(context, &stacks, 0),
	};
	__u64 one = 1, *count = bpf_map_lookup_elem(&samples, &stack);

	if (count)
		__sync_fetch_and_add(count, 1);
	else if (bpf_map_update_elem(&samples, &stack, &one, BPF_NOEXIST))
		__sync_fetch_and_add(&lost, 1);
	return 0;
}
