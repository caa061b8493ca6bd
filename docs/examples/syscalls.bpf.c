// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Counts the system calls of one process by their number. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct count {
	__u64 calls;
	__u64 last; /* nanoseconds since boot */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __u64);
	__type(value, struct count);
} counts SEC(".maps");

/* Set before the program is loaded: the verifier sees a constant. */
const volatile __u32 process = 0;
/* System calls that the map had no room for. */
__u64 lost = 0;

SEC("raw_tp/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args *args)
{
	struct count fresh = {}, *count;
	__u64 number = args->args[1];

	if (bpf_get_current_pid_tgid() >> 32 != process)
		return 0;
	count = bpf_map_lookup_elem(&counts, &number);
	if (!count) {
		bpf_map_update_elem(&counts, &number, &fresh, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&counts, &number);
	}
	if (!count) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	__sync_fetch_and_add(&count->calls, 1);
	count->last = bpf_ktime_get_boot_ns();
	return 0;
}
