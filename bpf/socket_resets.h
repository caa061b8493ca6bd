/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Resets, as the kernel reports them. */
#ifndef SOCKET_RESETS_H
#define SOCKET_RESETS_H

#include "socket_count.h"
#include "socket_incident.h"
#include "socket_packet.h"
#include "twice.h"

/*
 * Arguments: sk, which may be null or a time-wait socket; the skb that it answers, or null; the reason since 6.11. On a
 * kernel with two arguments, the verifier would reject reading the reason, but that branch is dead code there at load.
 */
static __always_inline int reset_sent(const __u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	const struct sk_buff *skb = (const struct sk_buff *)ctx[1];
	struct incident incident = {
		.key = { .reason = NO_REASON, .kind = INCIDENT_RESET_SENT, .protocol = IPPROTO_TCP },
	};
	struct freed_packet packet;

	if (sk && !is_connection(sk))
		sk = 0;
	if (sk)
		set_key(&incident.key.connection, &sk->__sk_common, local_port(sk));
	else if (skb && read_freed_packet(skb, &packet) == PACKET_READ)
		set_answering_key(&incident.key.connection, &packet.key);
	else
		return 0;
	if (filter_netns && incident.key.connection.netns != filter_netns)
		return 0;
	if (bpf_core_field_exists(struct trace_event_raw_tcp_send_reset, reason))
		incident.key.reason = ctx[2];
	/* A socket that is already closed disconnects next, which sets its counters to 0. */
	if (sk && !skb && !emit_events)
		count(sk);
	return report_incident(&incident, EVENT_RESET_SENT, sk);
}

SEC("raw_tp/tcp_send_reset")
int socket_reset_sent(__u64 *ctx)
{
	return note_by_first(ctx[1] ?: ctx[0], EVENT_RESET_SENT) ? reset_sent(ctx) : 0;
}

SEC("raw_tp/tcp_send_reset")
int socket_reset_sent_again(__u64 *ctx)
{
	return was_seen_by_first(ctx[1] ?: ctx[0], EVENT_RESET_SENT) ? 0 : reset_sent(ctx);
}

/* Argument: sk. */
static __always_inline int reset_received(const __u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	struct incident incident = {
		.key = { .reason = NO_REASON, .kind = INCIDENT_RESET_RECEIVED, .protocol = IPPROTO_TCP },
	};

	if (is_filtered(sk))
		return 0;
	set_key(&incident.key.connection, &sk->__sk_common, local_port(sk));
	return report_incident(&incident, EVENT_RESET_RECEIVED, sk);
}

SEC("raw_tp/tcp_receive_reset")
int socket_reset_received(__u64 *ctx)
{
	return note_by_first(ctx[0], EVENT_RESET_RECEIVED) ? reset_received(ctx) : 0;
}

SEC("raw_tp/tcp_receive_reset")
int socket_reset_received_again(__u64 *ctx)
{
	return was_seen_by_first(ctx[0], EVENT_RESET_RECEIVED) ? 0 : reset_received(ctx);
}

#endif
