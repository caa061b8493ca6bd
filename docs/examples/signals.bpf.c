// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Reports the signals that a process gets, by a perf buffer. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct signal {
	__u64 time; /* nanoseconds of CLOCK_MONOTONIC */
	__u32 process;
	__u32 number;
};

const struct signal *unused_signal __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} signals SEC(".maps");

const volatile __u32 process = 0;

SEC("raw_tp/signal_deliver")
int on_signal(struct bpf_raw_tracepoint_args *args)
{
	struct signal signal = {
		.time = bpf_ktime_get_ns(),
		.process = bpf_get_current_pid_tgid() >> 32,
		.number = args->args[0],
	};

	if (signal.process == process)
		bpf_perf_event_output(args, &signals, BPF_F_CURRENT_CPU, &signal, sizeof(signal));
	return 0;
}
