/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Events, for readers who want them as they happen. */
#ifndef SOCKET_EVENT_H
#define SOCKET_EVENT_H

#include "socket_life.h"

static __always_inline void count_lost_event(void)
{
	struct socket_counters *to = socket_counters_here();

	if (to)
		__sync_fetch_and_add(&to->lost_events, 1);
}

static __always_inline struct socket_event *reserve_event(__u32 type)
{
	struct socket_event *event;

	if (!(emit_events & 1U << type))
		return 0;
	event = bpf_ringbuf_reserve(&socket_events, sizeof(*event), 0);
	if (!event) {
		count_lost_event();
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->time = bpf_ktime_get_ns();
	event->type = type;
	event->reason = NO_REASON;
	event->protocol = IPPROTO_TCP;
	return event;
}

static __always_inline void set_socket(struct socket_event *event, const struct sock *sk)
{
	set_key(&event->connection, &sk->__sk_common, local_port(sk));
	event->state = BPF_CORE_READ(sk, __sk_common.skc_state);
}

/*
 * An opening is reported before the first event that follows it, with its own time: a socket that connects does not
 * have a port yet.
 */
static __noinline int tell_opening(const struct sock *sk)
{
	struct socket_life *life = bpf_map_lookup_elem(&sockets, &sk);
	struct socket_event *event;

	if (!life || !life->news.opened)
		return 0;
	life->news.opened = 0;
	event = reserve_event(EVENT_OPENED);
	if (!event)
		return 0;
	set_socket(event, sk);
	if (life->facts.opener == OPENER_LOCAL)
		event->state = TCP_CLOSE;
	event->time = life->facts.opened;
	event->facts = life->facts;
	event->facts.established = 0;
	event->facts.closed = 0;
	event->facts.closed_from = 0;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* Each event of a socket contains what is known about the socket. */
static __always_inline struct socket_event *reserve_socket_event(__u32 type, const struct sock *sk)
{
	struct socket_event *event;
	struct socket_life *life;

	tell_opening(sk);
	event = reserve_event(type);
	if (!event)
		return 0;
	set_socket(event, sk);
	event->srtt_us = smoothed_rtt(sk);
	event->min_rtt_us = minimum_rtt(sk);
	life = bpf_map_lookup_elem(&sockets, &sk);
	if (life)
		event->facts = life->facts;
	return event;
}

static __always_inline void emit(__u32 type, const struct sock *sk)
{
	struct socket_event *event = reserve_socket_event(type, sk);

	if (event)
		bpf_ringbuf_submit(event, 0);
}

#endif
