/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Whose a socket is: the process that `ss -p` shows, which has the socket among its open files. A process that
 * connects, accepts, shuts down or closes a socket has it open. In between, sockets can be passed on and inherited: the
 * walk over open files (socket_owners) notices that.
 */
#ifndef SOCKET_OWNER_H
#define SOCKET_OWNER_H

#include "kernel_tcp.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "socket.h"

/*
 * Sockets that the kernel opens for itself belong to no process, though some of them have a file (NFS, NVMe over TCP,
 * 9P). The kernel also opens the TCP sockets of an MPTCP socket, but these belong to a process.
 */
static __always_inline bool is_open_file(const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	const struct socket *socket = BPF_CORE_READ(sk, sk_socket);

	if (!socket)
		return false;
	if (bpf_core_field_exists(tp->is_mptcp) && BPF_CORE_READ(tp, is_mptcp))
		return true;
	return BPF_CORE_READ(socket, file) && !BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock);
}

struct process {
	__u64 comm[2];
	__u32 pid;
};

/* The name of a process is that of its first thread. */
static __always_inline struct process process_of(const struct task_struct *task)
{
	const struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct process process = { .pid = BPF_CORE_READ(task, tgid) };

	bpf_core_read_str(&process.comm, sizeof(process.comm), &leader->comm);
	return process;
}

/*
 * Two CPUs may write at the same time, and another may copy meanwhile (copy_facts): it sees no process, rather than the
 * number of one and the name of the other.
 */
static __always_inline void set_process(struct socket_facts *facts, const struct task_struct *task)
{
	struct process process = process_of(task);

	*(volatile __u32 *)&facts->pid = 0;
	barrier();
	__builtin_memcpy(facts->comm, &process.comm, sizeof(facts->comm));
	barrier();
	*(volatile __u32 *)&facts->pid = process.pid;
}

static __always_inline bool is_process(const struct socket_facts *facts, const struct task_struct *task)
{
	struct process process = process_of(task);

	return facts->pid == process.pid && !__builtin_memcmp(facts->comm, &process.comm, sizeof(facts->comm));
}

static __always_inline void copy_facts(struct socket_facts *to, const struct socket_facts *from)
{
	*to = *from;
	if (*(const volatile __u32 *)&from->pid != to->pid)
		to->pid = 0;
}

/* The current process, unless it is a kernel thread. */
static __always_inline void set_current(struct socket_facts *facts)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	if (!(BPF_CORE_READ(task, flags) & PF_KTHREAD))
		set_process(facts, task);
}

/* For hooks where it is certain that the current process is using the socket. */
static __always_inline void set_owner(struct socket_facts *facts, const struct sock *sk)
{
	if (is_open_file(sk))
		set_current(facts);
}

#endif
