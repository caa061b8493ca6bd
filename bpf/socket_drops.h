/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * TCP and UDP packets that the kernel frees as dropped.
 */
#ifndef SOCKET_DROPS_H
#define SOCKET_DROPS_H

#include "socket_incident.h"
#include "socket_loss.h"
#include "socket_packet.h"
#include "twice.h"

/* Arguments: skb, where it was freed, the reason since 5.17, the socket that received it since 6.11. */
static __always_inline int dropped(const __u64 *ctx)
{
	struct incident incident = { .key = { .reason = NO_REASON, .kind = INCIDENT_DROP } };
	enum packet_kind kind;
	const struct sock *receiver = 0;
	struct socket_counters *to;
	struct freed_packet packet;

	kind = read_freed_packet((const struct sk_buff *)ctx[0], &packet);
	if (kind == PACKET_OTHER)
		return 0;
	if (bpf_core_field_exists(struct trace_event_raw_kfree_skb, rx_sk))
		receiver = (const struct sock *)ctx[3];
	/* TCP clears the device and the route of what it receives. */
	if (!packet.key.netns && receiver)
		packet.key.netns = BPF_CORE_READ(receiver, __sk_common.skc_net.net, ns.inum);
	if (filter_netns && packet.key.netns != filter_netns)
		return 0;
	if (kind == PACKET_UNREADABLE) {
		to = socket_counters_here();
		if (to)
			__sync_fetch_and_add(&to->unreadable_drops, 1);
		return 0;
	}
	incident.key.connection = packet.key;
	incident.key.protocol = packet.protocol;
	incident.segments = packet.segments;
	incident.bytes = packet.bytes;
	if (bpf_core_field_exists(struct trace_event_raw_kfree_skb, reason))
		incident.key.reason = ctx[2];
	if (is_nothing_lost(&packet, incident.key.reason, receiver)) {
		to = socket_counters_here();
		if (to)
			__sync_fetch_and_add(&to->discarded, 1);
		return 0;
	}
	return report_incident(&incident, EVENT_DROPPED, 0);
}

SEC("raw_tp/kfree_skb")
int socket_drop(__u64 *ctx)
{
	return note_by_first(ctx[0], EVENT_DROPPED) ? dropped(ctx) : 0;
}

SEC("raw_tp/kfree_skb")
int socket_drop_again(__u64 *ctx)
{
	return was_seen_by_first(ctx[0], EVENT_DROPPED) ? 0 : dropped(ctx);
}

#endif
