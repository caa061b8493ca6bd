/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The walk over all open files: whose the sockets are. */
#ifndef SOCKET_HOLDERS_H
#define SOCKET_HOLDERS_H

#include "socket_accept.h"
#include "socket_walk.h"

/* The number of the current walk over open files, starting at 1; set by user space. */
__u32 owners_walk = 0;

/*
 * If several processes have a socket, it stays with the one that had it before. Only an event of the socket itself
 * overrides that.
 */
__noinline int note_holder_at(__u64 sk_address, __u64 task_address)
{
	const struct sock *sk = (const struct sock *)sk_address;
	const struct task_struct *task = (const struct task_struct *)task_address;
	struct socket_life *life;
	bool was_owned, is_first, is_living = note_living(sk);

	life = bpf_map_lookup_elem(&sockets, &sk);
	if (!life || !task)
		return 0;
	is_first = life->walk != owners_walk;
	if (is_first) {
		life->walk = owners_walk;
		life->owner_before = life->facts.pid;
	} else if (life->owner_before != (__u32)BPF_CORE_READ(task, tgid)) {
		return 0;
	}
	/*
	 * The socket may be in a namespace that has no process and no name: the walk over sockets does not reach it
	 * then.
	 */
	if (is_process(&life->facts, task))
		return is_first && is_living && !emit_events ? count(sk) : 0;
	was_owned = life->facts.pid;
	set_process(&life->facts, task);
	if (!was_owned && life->facts.opener == OPENER_REMOTE && !life->facts.closed)
		life->news.accepted = 1;
	else
		life->news.owned = 1;
	return emit_events ? 0 : count(sk);
}

static __always_inline int note_holder(const struct sock *sk, const struct task_struct *task)
{
	return note_holder_at((__u64)sk, (__u64)task);
}

/* The TCP sockets of an MPTCP socket. The kernel creates at most eight (MPTCP_SUBFLOWS_MAX). */
static __always_inline int note_holder_of_mptcp(const struct sock *sk, const struct task_struct *task)
{
	const struct mptcp_sock *msk = (const struct mptcp_sock *)sk;
	const struct list_head *first, *entry;
	const struct mptcp_subflow_context *subflow;
	int i;

	if (!bpf_core_field_exists(msk->conn_list))
		return 0;
	first = (const void *)msk + bpf_core_field_offset(msk->conn_list);
	entry = BPF_CORE_READ(first, next);
	for (i = 0; i < 8 && entry && entry != first; i++) {
		subflow = (const void *)entry - bpf_core_field_offset(struct mptcp_subflow_context, node);
		note_holder(BPF_CORE_READ(subflow, tcp_sock), task);
		entry = BPF_CORE_READ(entry, next);
	}
	return 0;
}

/* The open files of every process: whose the sockets are. */
SEC("iter/task_file")
int socket_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = BPF_CORE_READ(ctx, task);
	struct file *file = BPF_CORE_READ(ctx, file);
	const struct sock *sk;
	__u16 protocol;

	if (!task || !file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return 0;
	sk = socket_of(file);
	if (!sk)
		return 0;
	protocol = BPF_CORE_READ(sk, sk_protocol);
	if (protocol == IPPROTO_TCP)
		return note_holder(sk, task);
	return protocol == IPPROTO_MPTCP ? note_holder_of_mptcp(sk, task) : 0;
}

#endif
