// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Counts the system calls of one process that take longer than a threshold. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} started SEC(".maps"); /* nanoseconds since boot, by thread */

const volatile __u32 process = 0;
__u64 threshold = 0; /* nanoseconds */
__u64 slow = 0;
__u64 lost = 0; /* calls that found the map full */

static int enter(void)
{
	__u64 id = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
	__u32 thread = id;

	if (id >> 32 == process && bpf_map_update_elem(&started, &thread, &now, BPF_ANY))
		__sync_fetch_and_add(&lost, 1);
	return 0;
}

/* The same twice: which one is loaded is decided before. */
SEC("tp_btf/sys_enter")
int enter_btf(void *context)
{
	return enter();
}

SEC("raw_tp/sys_enter")
int enter_raw(void *context)
{
	return enter();
}

SEC("raw_tp/sys_exit")
int leave(void *context)
{
	__u32 thread = bpf_get_current_pid_tgid();
	__u64 *start = bpf_map_lookup_elem(&started, &thread);

	if (!start)
		return 0;
	if (bpf_ktime_get_ns() - *start > threshold)
		__sync_fetch_and_add(&slow, 1);
	bpf_map_delete_elem(&started, &thread);
	return 0;
}
