/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Events, for who wants to know as it happens. */
#ifndef SOCKET_EVENT_H
#define SOCKET_EVENT_H

#include "socket_life.h"

static __always_inline void count_lost_event(void)
{
	struct socket_counters *to = counters();

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

/* What is known of the socket goes into each of its events. */
static __always_inline struct socket_event *reserve_socket_event(__u32 type, const struct sock *sk)
{
	struct socket_event *event = reserve_event(type);
	struct socket_life *life;

	if (!event)
		return 0;
	set_key(&event->connection, &sk->__sk_common, local_port(sk));
	event->state = BPF_CORE_READ(sk, __sk_common.skc_state);
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
