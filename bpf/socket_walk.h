/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The walk over the sockets of a namespace. */
#ifndef SOCKET_WALK_H
#define SOCKET_WALK_H

#include "socket_count.h"
#include "socket_event.h"

/* Set by user space: whether the older sockets have been noted. */
bool has_walked = false;

/*
 * The socket is just being created. It must not be noted yet, because its beginning is still to come (before 6.5 the
 * walk holds no lock). This is different from a simultaneous open, and from what TCP Fast Open has already created.
 */
static __always_inline bool is_being_made(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_RECV && !BPF_CORE_READ(sk, sk_socket) &&
	       !is_fast_open(sk);
}

static __always_inline bool is_closed(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSE;
}

/* Notes a socket that TCP Fast Open has created since the older ones were noted; its state has not changed yet. */
static __noinline int note_fast_open(const struct sock *sk)
{
	struct socket_life life = {};

	life.facts.cgroup = cgroup_of(sk);
	life.facts.opener = OPENER_REMOTE;
	life.facts.opened = bpf_ktime_get_ns();
	life.news.opened = 1;
	bpf_map_update_elem(&sockets, &sk, &life, BPF_NOEXIST);
	return 0;
}

static __noinline int note_older(const struct sock *sk)
{
	struct socket_life life = {}, *noted;

	life.counted = socket_progress_of(sk);
	life.facts.cgroup = cgroup_of(sk);
	if (bpf_map_update_elem(&sockets, &sk, &life, BPF_NOEXIST))
		return 0;
	/* If it was closed meanwhile, it may have been destroyed: nothing would remove its entry. */
	noted = bpf_map_lookup_elem(&sockets, &sk);
	if (noted && !noted->facts.closed && is_closed(sk))
		forget(sk);
	return 0;
}

/* Notes a socket that is older than the program. False if it is not a connection, or not one that is followed. */
static __always_inline bool note_living(const struct sock *sk)
{
	if (!is_connection(sk) || is_filtered(sk) || is_closed(sk) || is_being_made(sk))
		return false;
	if (!bpf_map_lookup_elem(&sockets, &sk)) {
		if (has_walked && is_fast_open(sk))
			note_fast_open(sk);
		else
			note_older(sk);
	}
	return true;
}

/* Runs for each socket of a namespace: notes those that are older, counts what the others have sent since last time. */
SEC("iter/tcp")
int socket_walk(struct bpf_iter__tcp *ctx)
{
	/*
	 * Read by a helper, not taken from the context: for the verifier the address is then a number, which
	 * count_socket accepts.
	 */
	const struct sock *sk = (const struct sock *)BPF_CORE_READ(ctx, sk_common);

	if (!sk || !note_living(sk))
		return 0;
	return emit_events ? 0 : count(sk);
}

#endif
