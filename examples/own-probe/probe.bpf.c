// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * 1. Each exec in the machine, or those of one process's children, becomes a record in a ring buffer.
 * 2. Each is counted by its user, whether the ring had room or not.
 */
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
	__u32 uid;
	char command[16];
	char file[128];
};

/* Keeps the type in the object's BTF. */
const struct exec *unused_exec __attribute__((unused));

/* 0 is every process. */
const volatile __u32 parent_only = 0;

/* Records that found the ring full. */
__u64 lost = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} execs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} by_user SEC(".maps");

static void count(__u32 uid)
{
	__u64 zero = 0, *counter;

	bpf_map_update_elem(&by_user, &uid, &zero, BPF_NOEXIST);
	counter = bpf_map_lookup_elem(&by_user, &uid);
	if (counter)
		__sync_fetch_and_add(counter, 1);
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binary)
{
	__u32 parent = BPF_CORE_READ(task, real_parent, tgid);
	struct exec *exec;

	if (parent_only && parent != parent_only)
		return 0;
	count(bpf_get_current_uid_gid());
	exec = bpf_ringbuf_reserve(&execs, sizeof(*exec), 0);
	if (!exec) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	exec->pid = BPF_CORE_READ(task, tgid);
	exec->parent = parent;
	exec->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(exec->command, sizeof(exec->command));
	bpf_probe_read_kernel_str(exec->file, sizeof(exec->file), BPF_CORE_READ(binary, filename));
	bpf_ringbuf_submit(exec, 0);
	return 0;
}
