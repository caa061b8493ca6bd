// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Reports what the children of a process execute, and how they end: a ring buffer for each. */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* What is used of the kernel's type. */
struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	struct task_struct *real_parent;
} __attribute__((preserve_access_index));

struct exec {
	int pid;
	char comm[16];
};

struct exit {
	int pid;
	int code; /* as wait(2) gives it: the status is in the second byte, the signal in the first */
};

const struct exec *unused_exec __attribute__((unused));
const struct exit *unused_exit __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} execs SEC(".maps"), exits SEC(".maps");

const volatile int parent = 0;
__u64 lost = 0;

static bool is_child(struct task_struct *task)
{
	return BPF_CORE_READ(task, real_parent, tgid) == parent;
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	struct exec exec = { .pid = BPF_CORE_READ(task, tgid) };

	bpf_get_current_comm(exec.comm, sizeof(exec.comm));
	if (is_child(task) && bpf_ringbuf_output(&execs, &exec, sizeof(exec), 0))
		__sync_fetch_and_add(&lost, 1);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct exit exit = { .pid = BPF_CORE_READ(task, tgid), .code = BPF_CORE_READ(task, exit_code) };

	/* Every thread comes by; the first has the process's own id. */
	if (!is_child(task) || BPF_CORE_READ(task, pid) != exit.pid)
		return 0;
	if (bpf_ringbuf_output(&exits, &exit, sizeof(exit), 0))
		__sync_fetch_and_add(&lost, 1);
	return 0;
}
