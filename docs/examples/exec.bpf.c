// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Reports every program that is executed, by a ring buffer. */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* What is used of the kernel's types; CO-RE finds the fields in the running kernel's. */
struct task_struct {
	int tgid;
	struct task_struct *real_parent;
} __attribute__((preserve_access_index));

struct linux_binprm {
	const char *filename;
} __attribute__((preserve_access_index));

struct exec {
	__u32 pid;
	__u32 parent;
	char comm[16];
	char filename[128];
};

/* Keeps the type in the object's BTF. */
const struct exec *unused_exec __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* Events that found the ring full. */
__u64 lost = 0;

SEC("raw_tp/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binary)
{
	struct exec *exec = bpf_ringbuf_reserve(&events, sizeof(*exec), 0);

	if (!exec) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	exec->pid = BPF_CORE_READ(task, tgid);
	exec->parent = BPF_CORE_READ(task, real_parent, tgid);
	bpf_get_current_comm(exec->comm, sizeof(exec->comm));
	bpf_probe_read_kernel_str(exec->filename, sizeof(exec->filename), BPF_CORE_READ(binary, filename));
	bpf_ringbuf_submit(exec, 0);
	return 0;
}
