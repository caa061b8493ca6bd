/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Retransmitted segments. Events only: the table gets them from the sockets' own counters. */
#ifndef SOCKET_RETRANSMITS_H
#define SOCKET_RETRANSMITS_H

#include "socket_event.h"
#include "twice.h"

/* Events only. Arguments: sk, skb, and the error since 6.17, when the kernel began to report failures. */
static __always_inline int retransmitted(const __u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	const struct sk_buff *skb = (const struct sk_buff *)ctx[1];
	const struct tcp_skb_cb *control = (const struct tcp_skb_cb *)&skb->cb;
	struct socket_event *event;

	if (is_filtered(sk))
		return 0;
	if (bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err) && (int)ctx[2])
		return 0;
	event = reserve_socket_event(EVENT_RETRANSMITTED, sk);
	if (!event)
		return 0;
	event->segments = BPF_CORE_READ(control, tcp_gso_segs);
	event->bytes = BPF_CORE_READ(skb, len);
	if (is_loss_probe(sk))
		event->kind = RETRANSMIT_LOSS_PROBE;
	else if (is_opening(sk))
		event->kind = RETRANSMIT_SYN;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("raw_tp/tcp_retransmit_skb")
int socket_retransmit(__u64 *ctx)
{
	return note_by_first(ctx[1], EVENT_RETRANSMITTED) ? retransmitted(ctx) : 0;
}

SEC("raw_tp/tcp_retransmit_skb")
int socket_retransmit_again(__u64 *ctx)
{
	return was_seen_by_first(ctx[1], EVENT_RETRANSMITTED) ? 0 : retransmitted(ctx);
}

/* Events only. Arguments: sk, request. */
SEC("raw_tp/tcp_retransmit_synack")
int socket_synack(__u64 *ctx)
{
	const struct request_sock *request = (const struct request_sock *)ctx[1];
	struct socket_event *event;

	if (is_filtered((const struct sock *)ctx[0]))
		return 0;
	event = reserve_event(EVENT_RETRANSMITTED);
	if (!event)
		return 0;
	set_key(&event->connection, &request->__req_common, BPF_CORE_READ(request, __req_common.skc_num));
	event->state = TCP_NEW_SYN_RECV;
	event->segments = 1;
	event->kind = RETRANSMIT_SYNACK;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

#endif
