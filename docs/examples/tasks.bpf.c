// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Prints a line for each thread: how often it waited, and how often it had to let others run. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* What is used of the kernel's types; CO-RE finds the fields in the running kernel's. */
struct task_struct {
	int pid;
	char comm[16];
	unsigned long nvcsw;
	unsigned long nivcsw;
} __attribute__((preserve_access_index));

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

SEC("iter/task")
int print_task(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	/* The walk ends with a call without a task. */
	if (task)
		BPF_SEQ_PRINTF(context->meta->seq, "%d %lu %lu %s\n", task->pid, task->nvcsw, task->nivcsw, task->comm);
	return 0;
}
