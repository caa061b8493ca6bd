/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
#ifndef FLOW_PARSE_ANY_H
#define FLOW_PARSE_ANY_H

#include "flow_parse.h"

/* The kernel strips one tag before ingress; what is left of QinQ, and every tag of a raw sender, is in the frame. */
#define MAX_VLAN_TAGS 4
/* RFC 8200 lists seven; a packet with more than this is called malformed. */
#define MAX_EXTENSION_HEADERS 16

#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_FRAGMENT_OFFSET 0xfff8

enum fragment {
	WHOLE,
	FIRST_FRAGMENT,
	/* Has no ports. It is counted in the flow of its addresses and protocol with ports 0. */
	LATER_FRAGMENT,
};

/* What all IPv6 extension headers begin with; frag_off only in a fragment header. */
struct extension_header {
	__u8 nexthdr;
	__u8 hdrlen;
	__be16 frag_off;
	__u8 more[4];
};

/* Where parse_any has got to: `protocol` is the header at `offset`, the IP packet ends at `end`. */
struct cursor {
	__u32 offset;
	__u32 end;
	__u8 protocol;
	enum fragment fragment;
};

static __always_inline int parse_ipv4(struct __sk_buff *skb, struct flow_key *key, struct cursor *at)
{
	__u32 header, length, available = skb->len - at->offset;
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, at->offset, &ip, sizeof(ip)))
		return MALFORMED;
	header = (ip.version_ihl & 15) << 2;
	length = bpf_ntohs(ip.tot_len);
	/* BIG TCP (6.3): a GSO packet too large for the field says 0. */
	if (!length && available > 0xffff)
		length = available;
	if (ip.version_ihl >> 4 != 4 || header < sizeof(ip) || length < header || length > available)
		return MALFORMED;

	if (ip.frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		at->fragment = LATER_FRAGMENT;
	else if (ip.frag_off & bpf_htons(IP_MORE_FRAGMENTS))
		at->fragment = FIRST_FRAGMENT;
	set_ipv4(key, ip.saddr, ip.daddr);
	at->protocol = ip.protocol;
	at->end = at->offset + length;
	at->offset += header;
	return 0;
}

static __always_inline int parse_ipv6(struct __sk_buff *skb, struct flow_key *key, struct cursor *at)
{
	struct ipv6hdr ip;
	__u32 length, available;

	if (bpf_skb_load_bytes(skb, at->offset, &ip, sizeof(ip)))
		return MALFORMED;
	at->offset += sizeof(ip);
	available = skb->len - at->offset;
	length = bpf_ntohs(ip.payload_len);
	/* A jumbogram (RFC 2675), or BIG TCP (5.19), which says 0 alike. */
	if (!length && available > 0xffff)
		length = available;
	if (ip.version_class >> 4 != 6 || length > available)
		return MALFORMED;

	set_ipv6(key, &ip);
	at->protocol = ip.nexthdr;
	at->end = at->offset + length;
	return 0;
}

/* AH is the same in both versions; the other numbers mean extension headers in IPv6 only. */
static __always_inline bool is_extension(__u8 ip_version, __u8 protocol)
{
	switch (protocol) {
	case IPPROTO_AH:
		return true;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
	case IPPROTO_HIP:
	case IPPROTO_SHIM6:
		return ip_version == 6;
	default:
		return false;
	}
}

/* What a step past an extension header found out: the length, the next header's protocol, and if it is a fragment. */
#define STEP(length, protocol, fragment) ((length) << 16 | (protocol) << 8 | (fragment))
#define STEP_LENGTH(step) ((__u32)(step) >> 16)
#define STEP_PROTOCOL(step) ((step) >> 8 & 0xff)
#define STEP_FRAGMENT(step) ((step) & 0xff)

/*
 * Reads the extension header `protocol` at `offset`. Not static: the verifier looks at such a function once, for every
 * argument, and takes its result for unknown. Inlined it would follow each way through each header in turn, and older
 * kernels give up on that.
 */
__noinline int step_past(struct __sk_buff *skb, __u32 offset, __u32 protocol)
{
	struct extension_header header;
	enum fragment fragment = WHOLE;
	__u16 position;

	if (bpf_skb_load_bytes(skb, offset, &header, sizeof(header)))
		return MALFORMED;
	if (protocol == IPPROTO_AH)
		return STEP((header.hdrlen + 2) << 2, header.nexthdr, WHOLE);
	if (protocol != IPPROTO_FRAGMENT)
		return STEP((header.hdrlen + 1) << 3, header.nexthdr, WHOLE);

	position = bpf_ntohs(header.frag_off);
	if (position & IPV6_FRAGMENT_OFFSET)
		fragment = LATER_FRAGMENT;
	else if (position & IPV6_MORE_FRAGMENTS)
		fragment = FIRST_FRAGMENT;
	return STEP(sizeof(header), header.nexthdr, fragment);
}

/* Goes past extension headers, in whatever order they come. */
static __always_inline int skip_extensions(struct __sk_buff *skb, __u8 ip_version, struct cursor *at)
{
	for (int i = 0; i <= MAX_EXTENSION_HEADERS; i++) {
		int step;

		/* What follows the header of a later fragment is data, whatever its number promises. */
		if (at->fragment == LATER_FRAGMENT || !is_extension(ip_version, at->protocol))
			return 0;
		step = step_past(skb, at->offset, at->protocol);
		if (step < 0 || STEP_LENGTH(step) > at->end - at->offset)
			return MALFORMED;
		/* Mobility, HIP and Shim6 may go before a payload, but as a rule they are what the packet is about. */
		if (at->protocol >= IPPROTO_MH && STEP_PROTOCOL(step) == IPPROTO_NONE)
			return 0;

		at->offset += STEP_LENGTH(step);
		at->protocol = STEP_PROTOCOL(step);
		if (STEP_FRAGMENT(step) != WHOLE)
			at->fragment = STEP_FRAGMENT(step);
	}
	return MALFORMED;
}

/* The least a whole header takes; 0 for protocols without ports. */
static __always_inline __u32 minimum_header(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return 8;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return 12;
	default:
		return 0;
	}
}

static __always_inline int parse_upper(struct __sk_buff *skb, struct flow_key *key, struct cursor *at)
{
	__u32 room = at->end - at->offset, needed = minimum_header(at->protocol), header;
	struct tcphdr tcp;

	key->protocol = at->protocol;
	set_ports(key, 0, 0);
	if (!needed || at->fragment == LATER_FRAGMENT)
		return 0;

	/* A first fragment may legally end inside the header, but never inside the ports: its unit is 8 bytes. */
	if (room < (at->fragment == FIRST_FRAGMENT ? 8 : needed) || bpf_skb_load_bytes(skb, at->offset, &tcp, 4))
		return MALFORMED;
	set_ports(key, tcp.source, tcp.dest);

	if (at->protocol != IPPROTO_TCP || room < sizeof(tcp))
		return 0;
	if (bpf_skb_load_bytes(skb, at->offset, &tcp, sizeof(tcp)))
		return MALFORMED;
	header = tcp.doff >> 4 << 2;
	if (header < sizeof(tcp) || (at->fragment == WHOLE && header > room))
		return MALFORMED;
	return tcp.flags;
}

/*
 * Takes every packet, and alone judges one malformed. bpf_skb_load_bytes reads paged data too and, unlike
 * bpf_skb_pull_data, leaves the skb as it was.
 */
static __noinline int parse_any(struct __sk_buff *skb, struct flow_key *key)
{
	struct cursor at = { .fragment = WHOLE };
	__be16 protocol = skb->protocol;
	int error = NON_IP;

	if (!lacks_link_header(skb)) {
		struct ethhdr eth;

		if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)))
			return NON_IP;
		protocol = eth.h_proto;
		at.offset = sizeof(eth);
		for (int i = 0; i < MAX_VLAN_TAGS; i++) {
			struct vlan_hdr vlan;

			if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
				break;
			if (bpf_skb_load_bytes(skb, at.offset, &vlan, sizeof(vlan)))
				return NON_IP;
			protocol = vlan.h_vlan_encapsulated_proto;
			at.offset += sizeof(vlan);
		}
	}

	if (protocol == bpf_htons(ETH_P_IP))
		error = parse_ipv4(skb, key, &at);
	else if (protocol == bpf_htons(ETH_P_IPV6))
		error = parse_ipv6(skb, key, &at);
	if (error)
		return error;
	return skip_extensions(skb, key->ip_version, &at) ?: parse_upper(skb, key, &at);
}

#endif
