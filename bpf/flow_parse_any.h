/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Finds the headers of a packet, each with its own function (flow_frame.h, flow_ip.h, flow_upper.h, flow_tunnel.h),
 * then fills in what they say. These functions are global, and take and return numbers, because kernels before 5.12
 * only verify such functions once for all callers. If they were inlined, the verifier would follow every path through
 * each header in turn.
 */
#ifndef FLOW_PARSE_ANY_H
#define FLOW_PARSE_ANY_H

#include "flow_fragment.h"
#include "flow_frame.h"
#include "flow_ip.h"
#include "flow_tunnel.h"
#include "flow_upper.h"

/* How many nested encapsulations are opened. */
#define MAX_TUNNELS 2

/* An IP packet in the frame. */
struct layers {
	__u32 start;
	__u8 ip_version;
	union ip_layer ip;
	union upper_layer upper;
	/* the encapsulation in which it was found */
	union tunnel tunnel;
};

static __always_inline int find_layers(struct __sk_buff *skb, struct layers *at, __u32 end, __be16 protocol)
{
	at->ip.bits = read_ip(skb, at->start, end, protocol);
	if (at->ip.error)
		return at->ip.error;
	at->ip_version = protocol == bpf_htons(ETH_P_IP) ? 4 : 6;
	at->upper.bits = 0;
	if (at->ip.fragment != LATER_FRAGMENT)
		at->upper.bits = read_upper(skb, at->start + at->ip.header, at->start + at->ip.length, at->ip.bits,
					    at->ip_version);
	return at->upper.error;
}

/* Continues with the inner packet, if there is one. Otherwise returns NON_IP and changes nothing. */
static __noinline int find_inner(struct __sk_buff *skb, struct layers *at)
{
	__u32 end = at->start + at->ip.length, offset = at->start + at->ip.header;
	struct layers inner = {};
	__be16 protocol;
	int error;

	/* A fragment does not contain all of the inner packet. */
	if (at->ip.fragment != WHOLE)
		return NON_IP;
	inner.tunnel.bits = read_tunnel(skb, offset, end, at->ip.protocol, at->upper.dport);
	if (!inner.tunnel.kind)
		return NON_IP;
	offset += inner.tunnel.header;
	protocol = inner.tunnel.protocol;
	if (offset > end)
		return MALFORMED;
	if (protocol == bpf_htons(ETH_P_TEB)) {
		union frame frame = { .bits = read_frame(skb, offset, end) };

		if (frame.error)
			return frame.error;
		offset += frame.header;
		protocol = frame.protocol;
	}
	inner.start = offset;
	error = find_layers(skb, &inner, end, protocol);
	if (!error)
		*at = inner;
	return error;
}

/* Writes what the IP header says. For a fragment also the ports, because the header says which packet it belongs to. */
static __noinline int fill_addresses(struct __sk_buff *skb, struct packet *packet, const struct layers *at)
{
	union {
		struct iphdr v4;
		struct ipv6hdr v6;
	} ip;
	__be32 id;

	if (at->ip_version == 4) {
		if (bpf_skb_load_bytes(skb, at->start, &ip.v4, sizeof(ip.v4)))
			return MALFORMED;
		set_ipv4(packet, &ip.v4);
		if (at->ip.fragment != WHOLE)
			join_fragments(&packet->key, at->ip.fragment, ip.v4.id, ip.v4.protocol);
		return 0;
	}
	if (bpf_skb_load_bytes(skb, at->start, &ip.v6, sizeof(ip.v6)))
		return MALFORMED;
	set_ipv6(packet, &ip.v6);
	if (at->ip.fragment == WHOLE)
		return 0;
	if (bpf_skb_load_bytes(skb, at->start + at->ip.fragment_header + FRAGMENT_ID, &id, sizeof(id)))
		return MALFORMED;
	/* What follows the extension headers is in the first fragment only. */
	return join_fragments(&packet->key, at->ip.fragment, id, 0);
}

static __noinline int fill(struct __sk_buff *skb, struct packet *packet, const struct layers *at)
{
	struct flow_key *key = &packet->key;

	key->sport = at->upper.sport;
	key->dport = at->upper.dport;
	key->protocol = at->ip.protocol;
	key->tunnel = at->tunnel.kind;
	key->tunnel_id = at->tunnel.id;
	key->orphan = 0;
	packet->tcp_flags = at->upper.tcp_flags;
	return fill_addresses(skb, packet, at);
}

static __always_inline __u32 headers_of(const struct layers *at)
{
	return at->start + at->ip.header + at->upper.header;
}

/*
 * Handles every packet, and is the only one to call a packet malformed. bpf_skb_load_bytes also reads paged data and,
 * unlike bpf_skb_pull_data, does not change the skb.
 */
static __noinline int parse_any(struct __sk_buff *skb, struct packet *packet)
{
	struct layers at = {};
	__be16 protocol = skb->protocol;
	int error;

	set_offloaded_vlan(skb, &packet->key);
	if (!lacks_link_header(skb)) {
		union frame frame = { .bits = read_frame(skb, 0, skb->len) };

		/* It ends before it says what it carries. */
		if (frame.error)
			return NON_IP;
		add_vlans(&packet->key, frame.vlan, frame.inner_vlan);
		at.start = frame.header;
		protocol = frame.protocol;
	}
	error = find_layers(skb, &at, skb->len, protocol);
	if (error)
		return error;
	packet->ip_length = at.ip.length;
	packet->headers = headers_of(&at);
	if (!inner_tunnels && fill(skb, packet, &at))
		return MALFORMED;
	if (!opens_tunnels(skb))
		return 0;

	for (int i = 0; i < MAX_TUNNELS && !error; i++)
		error = find_inner(skb, &at);
	packet->headers = headers_of(&at);
	if (!inner_tunnels)
		return 0;
	return error == MALFORMED ? MALFORMED : fill(skb, packet, &at);
}

#endif
