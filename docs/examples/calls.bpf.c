// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Reports every system call of one process. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct call {
	__u64 time; /* nanoseconds of CLOCK_MONOTONIC */
	__u32 thread;
	__u32 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} calls SEC(".maps");

const volatile __u32 process = 0;
__u64 seen = 0;
__u64 lost = 0;

SEC("raw_tp/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args *args)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct call *call;

	if (id >> 32 != process)
		return 0;
	__sync_fetch_and_add(&seen, 1);
	call = bpf_ringbuf_reserve(&calls, sizeof(*call), 0);
	if (!call) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	call->time = bpf_ktime_get_ns();
	call->thread = id;
	call->number = args->args[1];
	bpf_ringbuf_submit(call, 0);
	return 0;
}
