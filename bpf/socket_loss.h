/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The kernel frees some TCP packets as if it dropped them although nothing is lost: it has processed them, or already
 * had the data.
 *
 * - Packets in the receive queue of a socket that is destroyed (QUEUE_PURGE): a FIN that came after the process had
 *   closed the socket. Packets with data were not read, and are lost.
 * - FINs and acknowledgements that a socket in TIME_WAIT, or FIN_WAIT2 without a process, has answered, and a
 *   handshake's last acknowledgement that is not needed yet (TCP_DEFER_ACCEPT): they have no reason (NOT_SPECIFIED).
 * - Data that has already arrived (TCP_OLD_DATA, TCP_OFOMERGE, TCP_OLD_SEQUENCE), keepalive probes and probes of a
 *   closed window.
 *
 * Packets that are lost on the path have other reasons, or none if TCP has not received them yet: their headers are not
 * pulled then.
 */
#ifndef SOCKET_LOSS_H
#define SOCKET_LOSS_H

#include "socket_packet.h"

#define IS_REASON(reason, name)                                                                                        \
	(bpf_core_enum_value_exists(enum skb_drop_reason, name) &&                                                     \
	 (reason) == bpf_core_enum_value(enum skb_drop_reason, name))

static __always_inline bool is_deferring(const struct sock *listener)
{
	const struct inet_connection_sock *icsk = (const struct inet_connection_sock *)listener;

	return BPF_CORE_READ(icsk, icsk_accept_queue.rskq_defer_accept);
}

/* Whether a known socket has processed a packet without data, or does not need it. */
static __always_inline bool was_answered(const struct sock *receiver)
{
	__u8 state;

	if (!receiver)
		return false;
	state = BPF_CORE_READ(receiver, __sk_common.skc_state);
	return state == TCP_TIME_WAIT || (state == TCP_LISTEN && is_deferring(receiver));
}

/* `reason` may be NO_REASON. `receiver` exists since 6.11; it may be null, and of any type. */
static __always_inline bool is_nothing_lost(const struct freed_packet *packet, __u32 reason,
					    const struct sock *receiver)
{
	if (packet->protocol != IPPROTO_TCP || !packet->is_in_transport || packet->tcp_flags & TCP_SYN)
		return false;
	if (IS_REASON(reason, SKB_DROP_REASON_TCP_OLD_DATA) || IS_REASON(reason, SKB_DROP_REASON_TCP_OFOMERGE) ||
	    IS_REASON(reason, SKB_DROP_REASON_TCP_OLD_SEQUENCE))
		return true;
	if (packet->has_payload)
		return false;
	if (IS_REASON(reason, SKB_DROP_REASON_QUEUE_PURGE))
		return true;
	/* Before 6.5 this reason is also used for data beyond the window. */
	if (IS_REASON(reason, SKB_DROP_REASON_TCP_INVALID_SEQUENCE))
		return !bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_TCP_OLD_SEQUENCE) &&
		       !(packet->tcp_flags & TCP_FIN);
	/* An acknowledgement may be one that a full listener had no room for, which has no reason before 6.14. */
	if (reason == NO_REASON || IS_REASON(reason, SKB_DROP_REASON_NOT_SPECIFIED))
		return packet->tcp_flags & TCP_FIN || was_answered(receiver);
	return false;
}

#endif
