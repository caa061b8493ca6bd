/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * A socket's hooks run one after the other, under its lock. The walks' programs may run concurrently with them: the
 * walk over open files takes no lock, and the walk over sockets takes none from 5.15 to 6.4. So every program claims a
 * socket before it counts it. A hook that finds the socket claimed leaves a copy of its counters and its name, since
 * both may be gone a moment later: a socket that disconnects sets them to 0. The program that has the claim checks for
 * such a copy when it releases the claim.
 */
#ifndef SOCKET_LEFT_H
#define SOCKET_LEFT_H

#include "socket_life.h"

/* A claim lasts as long as a program runs, so there are as many as CPUs, plus a few that interrupt each other. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, const struct sock *);
	__type(value, __u8);
} socket_claims SEC(".maps");

/* What a hook that found its socket claimed has left to be counted. */
struct socket_left {
	struct socket_progress progress;
	struct connection_key key;
	/* different each time; never 0 */
	__u32 number;
};

/* LRU: what is left here is picked up at once, and the entry stays until the socket is destroyed. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, const struct sock *);
	__type(value, struct socket_left);
} socket_left SEC(".maps");

static const struct socket_left nothing_left;

/*
 * For the program that has the claim, which checks this after the counters. Written in place: 5.10 does not have enough
 * stack for it.
 */
static __noinline int leave(const struct sock *sk)
{
	struct socket_left *left;

	bpf_map_update_elem(&socket_left, &sk, &nothing_left, BPF_NOEXIST);
	left = bpf_map_lookup_elem(&socket_left, &sk);
	if (!left)
		return 0;
	left->progress = socket_progress_of(sk);
	set_key(&left->key, &sk->__sk_common, local_port(sk));
	barrier();
	*(volatile __u32 *)&left->number = (__u32)bpf_ktime_get_ns() | 1;
	return 0;
}

static __always_inline bool is_left(const struct sock *sk, const struct socket_life *life)
{
	const struct socket_left *left = bpf_map_lookup_elem(&socket_left, &sk);

	return left && left->number != life->taken;
}

static __always_inline void forget(const struct sock *sk)
{
	bpf_map_delete_elem(&sockets, &sk);
	bpf_map_delete_elem(&socket_left, &sk);
}

#endif
