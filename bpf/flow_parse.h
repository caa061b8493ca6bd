/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * From a packet to its flow key: addresses, ports, protocol and IP version. Both parsers return the packet's TCP flags,
 * 0 for other protocols, or one of the negative values below.
 *
 * parse_plain reads the packet in place and knows only what nearly every packet is: an Ethernet frame of TCP or UDP in
 * IPv4 without options or IPv6 without extension headers, unfragmented, its headers in the linear part of the skb and
 * nothing odd about them. parse_any copies headers out with bpf_skb_load_bytes, which reads paged data too and, unlike
 * bpf_skb_pull_data, leaves the skb as it was. It takes every packet and is the only one that judges a packet malformed.
 */
#ifndef FLOW_PARSE_H
#define FLOW_PARSE_H

#define NOT_PLAIN (-1)
#define NON_IP (-2)
#define MALFORMED (-3)

/* The kernel strips one tag before ingress; what is left of QinQ, and every tag of a raw sender, is in the frame. */
#define MAX_VLAN_TAGS 4
/* RFC 8200 lists seven; a packet with more than this is called malformed. */
#define MAX_EXTENSION_HEADERS 16

#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
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

/*
 * True on devices without a link-layer header (tun, WireGuard, IP tunnels), where data begins with the IP header.
 * No field of __sk_buff says so, and bytes can lie: a packet from 8.0.0.0/16 has ETH_P_IP where a frame has it. The
 * network header is what the stack itself goes by, and it begins where data begins exactly if the last linear byte,
 * counted from data, can still be read when counted from the network header.
 */
static __always_inline bool lacks_link_header(struct __sk_buff *skb)
{
	__u64 linear = (void *)(long)skb->data_end - (void *)(long)skb->data;
	__u8 last;

	/* Keeps the subtraction in 64 bits: the verifier refuses it on half a pointer. */
	barrier_var(linear);
	return bpf_skb_load_bytes_relative(skb, linear - 1, &last, sizeof(last), BPF_HDR_START_NET) == 0;
}

static __always_inline void set_ipv4(struct flow_key *key, __be32 saddr, __be32 daddr)
{
	__be32 *source = (__be32 *)key->saddr, *destination = (__be32 *)key->daddr;

	source[0] = destination[0] = 0;
	source[1] = destination[1] = 0;
	source[2] = destination[2] = bpf_htonl(0xffff);
	source[3] = saddr;
	destination[3] = daddr;
	key->ip_version = 4;
}

static __always_inline void set_ipv6(struct flow_key *key, const struct ipv6hdr *ip)
{
	__builtin_memcpy(key->saddr, ip->saddr, sizeof(key->saddr));
	__builtin_memcpy(key->daddr, ip->daddr, sizeof(key->daddr));
	key->ip_version = 6;
}

static __always_inline void set_ports(struct flow_key *key, __be16 source, __be16 destination)
{
	key->sport = bpf_ntohs(source);
	key->dport = bpf_ntohs(destination);
}

static __always_inline int parse_plain(struct __sk_buff *skb, struct flow_key *key)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;
	__u8 first_nibble, protocol;
	struct ethhdr *eth = data;
	struct tcphdr *tcp;
	/* May go below zero, which then fails every comparison below. */
	int payload;

	if (data + sizeof(*eth) + sizeof(struct iphdr) + 8 > data_end || eth->h_proto != (__be16)skb->protocol)
		return NOT_PLAIN;
	first_nibble = *(__u8 *)data >> 4;

	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);
		__u32 length = bpf_ntohs(ip->tot_len);

		if (first_nibble == 4 && lacks_link_header(skb))
			return NOT_PLAIN;
		if (ip->version_ihl != 0x45 || ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET) ||
		    length > skb->len - sizeof(*eth))
			return NOT_PLAIN;
		tcp = (void *)(ip + 1);
		payload = length - sizeof(*ip);
		protocol = ip->protocol;
		set_ipv4(key, ip->saddr, ip->daddr);
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = (void *)(eth + 1);

		if (first_nibble == 6 && lacks_link_header(skb))
			return NOT_PLAIN;
		if ((void *)(ip + 1) + 8 > data_end || ip->version_class >> 4 != 6)
			return NOT_PLAIN;
		payload = bpf_ntohs(ip->payload_len);
		if (payload > (int)(skb->len - sizeof(*eth) - sizeof(*ip)))
			return NOT_PLAIN;
		tcp = (void *)(ip + 1);
		protocol = ip->nexthdr;
		set_ipv6(key, ip);
	} else {
		return NOT_PLAIN;
	}

	key->protocol = protocol;
	set_ports(key, tcp->source, tcp->dest);
	if (protocol == IPPROTO_TCP) {
		int header;

		if ((void *)(tcp + 1) > data_end)
			return NOT_PLAIN;
		header = tcp->doff >> 4 << 2;
		if (header < (int)sizeof(*tcp) || header > payload)
			return NOT_PLAIN;
		return tcp->flags;
	}
	return protocol == IPPROTO_UDP && payload >= 8 ? 0 : NOT_PLAIN;
}

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
