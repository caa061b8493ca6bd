/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Adds the growth of a socket's own counters to the table. */
#ifndef SOCKET_COUNT_H
#define SOCKET_COUNT_H

#include "socket_left.h"
#include "socket_record.h"

static __always_inline void count_claimed(const struct sock *sk, struct socket_life *life)
{
	struct socket_progress now = socket_progress_of(sk);
	const struct socket_left *left = bpf_map_lookup_elem(&socket_left, &sk);
	struct socket_news news = life->news;
	struct socket_growth grown;
	struct connection_key key;
	bool is_new;

	set_key(&key, &sk->__sk_common, local_port(sk));
	/* Values that were read before may belong to a socket that has disconnected since. */
	if (left && left->number != life->taken) {
		life->taken = left->number;
		barrier();
		now = left->progress;
		key = left->key;
	}
	grown = growth(&life->counted, &now);
	life->counted = now;
	/* Not until its SYN is sent, which may never happen. */
	if (life->facts.opener == OPENER_LOCAL && !grown.segments_sent)
		news.opened = 0;
	is_new = grown.segments_sent || grown.segments_received || news.opened || news.established || news.closed ||
		 news.accepted;
	if (!is_new && !news.owned)
		return;
	/* A hook may add to them meanwhile: subtract only what was read. */
	if (news.opened)
		life->news.opened = 0;
	if (news.established)
		life->news.established = 0;
	if (news.closed)
		life->news.closed = 0;
	if (news.accepted)
		life->news.accepted = 0;
	if (news.owned)
		life->news.owned = 0;
	record_socket(sk, &key, life, &news, &grown, is_new);
}

/* Like count_socket, for a socket that this program has claimed. */
__noinline int count_claimed_socket(__u64 address)
{
	const struct sock *sk = (const struct sock *)address;
	struct socket_life *life = bpf_map_lookup_elem(&sockets, &sk);

	if (!life)
		return 0;
	count_claimed(sk, life);
	if (life->ended)
		forget(sk);
	return 0;
}

/*
 * Adds to the table what has happened since last time, and forgets a socket that has ended. This function and the one
 * before are global, so that the verifier checks them once and not at each call. In Linux 5.10 their arguments can be
 * numbers, but not pointers.
 */
__noinline int count_socket(__u64 address)
{
	const struct sock *sk = (const struct sock *)address;
	struct socket_life *life;
	bool has_left = false;
	__u8 one = 1;
	int tries, error;

	for (tries = 0; tries < 4; tries++) {
		/* Any other error does not mean that somebody else has claimed it. */
		error = bpf_map_update_elem(&socket_claims, &sk, &one, BPF_NOEXIST);
		if (error == -EEXIST && has_left)
			return 0;
		if (error == -EEXIST) {
			/* The claim may have been released before: then the next try gets it. */
			leave(sk);
			has_left = true;
			continue;
		}
		count_claimed_socket(address);
		bpf_map_delete_elem(&socket_claims, &sk);
		/* A hook that found the socket claimed has left its counters to us. */
		life = bpf_map_lookup_elem(&sockets, &sk);
		if (!life || (!life->news.closed && !life->ended && !is_left(sk, life)))
			return 0;
	}
	return 0;
}

static __always_inline int count(const struct sock *sk)
{
	return count_socket((__u64)sk);
}

#endif
