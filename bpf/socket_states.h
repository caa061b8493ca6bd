/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* From a connection's beginning to its end: TCP's states, and the destruction of the socket. */
#ifndef SOCKET_STATES_H
#define SOCKET_STATES_H

#include "socket_report.h"
#include "twice.h"

/* A new entry, which replaces what an earlier socket at the same address may have left; null if there is no room. */
static __always_inline struct socket_life *begin(const struct sock *sk, __u8 opener)
{
	struct socket_life *life = 0;

	bpf_map_delete_elem(&socket_left, &sk);
	if (!bpf_map_update_elem(&sockets, &sk, &no_life, BPF_ANY))
		life = bpf_map_lookup_elem(&sockets, &sk);
	if (!life) {
		record_refused(0);
		return 0;
	}
	life->facts.opener = opener;
	life->facts.cgroup = cgroup_of(sk);
	if (opener == OPENER_UNKNOWN)
		return life;
	life->facts.opened = bpf_ktime_get_ns();
	life->news.opened = 1;
	return life;
}

/*
 * Runs in the process that connects, before the socket has a port and its SYN is sent; reported with what follows. With
 * TCP_REPAIR no SYN is sent: a connection is restored, and its opener is unknown.
 */
static __always_inline int opened_locally(const struct sock *sk)
{
	bool is_restored = BPF_CORE_READ_BITFIELD_PROBED((const struct tcp_sock *)sk, repair);
	struct socket_life *life = begin(sk, is_restored ? OPENER_UNKNOWN : OPENER_LOCAL);

	if (life) {
		life->counted = socket_progress_of(sk);
		set_owner(&life->facts, sk);
	}
	return 0;
}

/* There was no port, or no route, for it. The kernel does not count it either. */
static __always_inline bool was_never_sent(const struct sock *sk, const struct socket_life *life)
{
	return life->news.opened && socket_progress_of(sk).segments_sent == life->counted.segments_sent;
}

/* Whether a process closes it: sockets that a peer or a timer closes are not shut down before. */
static __always_inline bool is_being_closed(const struct sock *sk, int from)
{
	return (from == TCP_ESTABLISHED || from == TCP_CLOSE_WAIT || is_opening(sk)) &&
	       BPF_CORE_READ(sk, sk_shutdown) == SHUTDOWN_MASK;
}

static __always_inline int closed(const struct sock *sk, struct socket_life *life, int from)
{
	if (life->facts.closed)
		return 0;
	life->was_open_file = is_open_file(sk);
	if (life->was_open_file && is_being_closed(sk, from))
		set_current(&life->facts);
	life->facts.closed_from = from;
	life->facts.closed = bpf_ktime_get_ns();
	life->news.closed = 1;
	report(sk, EVENT_CLOSED);
	return 0;
}

/* The socket is created when the handshake ends: everything in its counters is new. */
static __always_inline int opened_remotely(const struct sock *sk)
{
	struct socket_life *life = begin(sk, OPENER_REMOTE);

	if (life) {
		life->facts.established = life->facts.opened;
		life->news.established = 1;
	} else if (emit_events) {
		emit(EVENT_OPENED, sk);
	}
	report(sk, EVENT_ESTABLISHED);
	return 0;
}

static __always_inline bool is_of_connection(const struct sock *sk, int from, int to)
{
	return from != TCP_LISTEN && to != TCP_LISTEN && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP &&
	       !is_filtered(sk);
}

/* The socket still has the old state. */
static __noinline int state_changed(const struct sock *sk, int from, int to)
{
	struct socket_life *life;

	if (to == TCP_SYN_SENT)
		return opened_locally(sk);
	life = bpf_map_lookup_elem(&sockets, &sk);
	/* If it is known already, it is a simultaneous open. */
	if (from == TCP_SYN_RECV && (!life || life->facts.closed)) {
		if (to == TCP_ESTABLISHED)
			return opened_remotely(sk);
		if (!is_fast_open(sk))
			return to == TCP_CLOSE && !emit_events ? count_superfluous(sk) : 0;
		/* It is closed before its handshake is complete. */
		life = begin(sk, OPENER_REMOTE);
		if (!life && emit_events)
			emit(EVENT_OPENED, sk);
	}
	if (!life) {
		/* There was no room for it. */
		if (from == TCP_SYN_SENT && emit_events)
			emit(EVENT_OPENED, sk);
		return 0;
	}
	if (from == TCP_SYN_SENT && to == TCP_CLOSE && was_never_sent(sk, life)) {
		forget(sk);
	} else if (to == TCP_ESTABLISHED) {
		life->facts.established = bpf_ktime_get_ns();
		life->news.established = 1;
		report(sk, EVENT_ESTABLISHED);
	} else if (to == TCP_CLOSE) {
		return closed(sk, life, from);
	} else if (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK) {
		/*
		 * tcp_close_state: a process shuts it down or closes it; it may have got the socket from another
		 * process.
		 */
		set_owner(&life->facts, sk);
	}
	return 0;
}

/* Arguments: sk, old state, new state. */
SEC("raw_tp/inet_sock_set_state")
int socket_state(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	int from = ctx[1], to = ctx[2];

	if (!is_of_connection(sk, from, to) || !note_by_first(ctx[0], from << 8 | to))
		return 0;
	return state_changed(sk, from, to);
}

SEC("raw_tp/inet_sock_set_state")
int socket_state_again(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	int from = ctx[1], to = ctx[2];

	if (!is_of_connection(sk, from, to) || was_seen_by_first(ctx[0], from << 8 | to))
		return 0;
	return state_changed(sk, from, to);
}

static __always_inline int destroyed(const struct sock *sk)
{
	struct socket_life *life = bpf_map_lookup_elem(&sockets, &sk);

	if (!life)
		return 0;
	/* If the peer closed the connection, its owner is the process that closes the socket now. */
	if (life->was_open_file && !life->facts.pid) {
		set_current(&life->facts);
		life->news.owned = 1;
	}
	life->ended = 1;
	if (emit_events)
		forget(sk);
	else
		count(sk);
	return 0;
}

/* Runs after the socket's last segment, which may be a reset, sent when it is already closed. Argument: sk. */
SEC("raw_tp/tcp_destroy_sock")
int socket_destroy(__u64 *ctx)
{
	return destroyed((const struct sock *)ctx[0]);
}

/* What the first program has removed is no longer there. */
SEC("raw_tp/tcp_destroy_sock")
int socket_destroy_again(__u64 *ctx)
{
	return destroyed((const struct sock *)ctx[0]);
}

#endif
