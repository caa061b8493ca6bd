/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
#ifndef FLOW_PARSE_ANY_H
#define FLOW_PARSE_ANY_H

#include "flow_fragment.h"
#include "flow_parse.h"
#include "flow_tunnel.h"

/* The kernel strips one tag before ingress; what is left of QinQ, and every tag of a raw sender, is in the frame. */
#define MAX_VLAN_TAGS 4
/* RFC 8200 lists seven; a packet with more than this is called malformed. */
#define MAX_EXTENSION_HEADERS 16

#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_FRAGMENT_OFFSET 0xfff8

/* How many encapsulations are opened, one in the other. */
#define MAX_TUNNELS 2

enum fragment {
	WHOLE,
	FIRST_FRAGMENT,
	LATER_FRAGMENT,
};

/* What all IPv6 extension headers begin with; what follows hdrlen is a fragment header's. */
struct extension_header {
	__u8 nexthdr;
	__u8 hdrlen;
	__be16 frag_off;
	/* only in a fragment header */
	__be32 fragment_id;
};

/* Where parse_any has got to: `protocol` is the header at `offset`, what it is in ends at `end`. */
struct cursor {
	__u32 offset;
	__u32 end;
	__u8 protocol;
	/* What the IP header said, before extension headers were passed. */
	__u8 ip_protocol;
	enum fragment fragment;
	__u32 fragment_id;
};

/* The kind of fragment that an offset, in whichever unit, and the flag for more to come say. */
static __always_inline enum fragment fragment_of(__u16 offset, __u16 more)
{
	if (offset)
		return LATER_FRAGMENT;
	return more ? FIRST_FRAGMENT : WHOLE;
}

static __always_inline int parse_ipv4(struct __sk_buff *skb, struct packet *packet, struct cursor *at)
{
	__u32 header, length, available = at->end - at->offset;
	struct iphdr ip;
	__u16 frag_off;

	if (available < sizeof(ip) || bpf_skb_load_bytes(skb, at->offset, &ip, sizeof(ip)))
		return MALFORMED;
	header = (ip.version_ihl & 15) << 2;
	length = bpf_ntohs(ip.tot_len);
	/* BIG TCP (6.3): a GSO packet too large for the field says 0. */
	if (!length && available > 0xffff)
		length = available;
	if (ip.version_ihl >> 4 != 4 || header < sizeof(ip) || length < header || length > available)
		return MALFORMED;

	frag_off = bpf_ntohs(ip.frag_off);
	at->fragment = fragment_of(frag_off & IP_FRAGMENT_OFFSET, frag_off & IP_MORE_FRAGMENTS);
	at->fragment_id = ip.id;
	set_ipv4(packet, &ip);
	at->protocol = ip.protocol;
	at->end = at->offset + length;
	at->offset += header;
	return 0;
}

static __always_inline int parse_ipv6(struct __sk_buff *skb, struct packet *packet, struct cursor *at)
{
	__u32 length, available = at->end - at->offset;
	struct ipv6hdr ip;

	if (available < sizeof(ip) || bpf_skb_load_bytes(skb, at->offset, &ip, sizeof(ip)))
		return MALFORMED;
	at->offset += sizeof(ip);
	available -= sizeof(ip);
	length = bpf_ntohs(ip.payload_len);
	/* A jumbogram (RFC 2675), or BIG TCP (5.19), which says 0 alike. */
	if (!length && available > 0xffff)
		length = available;
	if (ip.version_class >> 4 != 6 || length > available)
		return MALFORMED;

	at->fragment = WHOLE;
	set_ipv6(packet, &ip);
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

/* What was found past extension headers: their length, the protocol that follows, and if it is a fragment. */
#define PASSED(length, protocol, fragment) ((length) << 10 | (protocol) << 2 | (fragment))
#define PASSED_LENGTH(passed) ((__u32)(passed) >> 10)
#define PASSED_PROTOCOL(passed) ((passed) >> 2 & 0xff)
#define PASSED_FRAGMENT(passed) ((passed) & 3)

/* The length of the extension header of that protocol. */
static __always_inline __u32 length_of(const struct extension_header *header, __u8 protocol)
{
	if (protocol == IPPROTO_AH)
		return (header->hdrlen + 2) << 2;
	return protocol == IPPROTO_FRAGMENT ? sizeof(*header) : (header->hdrlen + 1) << 3;
}

/*
 * Goes past extension headers, in whatever order they come, from `offset` on but not beyond `end`. Not static, as is
 * fragment_id: the verifier looks at such a function once, for every argument, and takes its result for unknown.
 * Inlined it would follow each way through each header in turn, and older kernels give up on that.
 */
__noinline int pass_extensions(struct __sk_buff *skb, __u32 offset, __u32 end, __u8 ip_version, __u8 protocol)
{
	enum fragment fragment = WHOLE;
	__u32 start = offset;

	for (int i = 0; i <= MAX_EXTENSION_HEADERS; i++) {
		struct extension_header header;
		__u16 position;
		__u32 length;

		/* What follows the header of a later fragment is data, whatever its number promises. */
		if (fragment == LATER_FRAGMENT || !is_extension(ip_version, protocol))
			return PASSED(offset - start, protocol, fragment);
		if (bpf_skb_load_bytes(skb, offset, &header, sizeof(header)))
			return MALFORMED;
		length = length_of(&header, protocol);
		if (length > end - offset)
			return MALFORMED;
		/* Mobility, HIP and Shim6 may go before a payload, but as a rule they are what the packet is about. */
		if (protocol >= IPPROTO_MH && header.nexthdr == IPPROTO_NONE)
			return PASSED(offset - start, protocol, fragment);
		if (protocol == IPPROTO_FRAGMENT) {
			position = bpf_ntohs(header.frag_off);
			fragment = fragment_of(position & IPV6_FRAGMENT_OFFSET, position & IPV6_MORE_FRAGMENTS);
		}
		offset += length;
		protocol = header.nexthdr;
	}
	return MALFORMED;
}

/* The number in the last fragment header that pass_extensions went past. */
__noinline int fragment_id(struct __sk_buff *skb, __u32 offset, __u32 end, __u8 protocol)
{
	int id = 0;

	for (int i = 0; i <= MAX_EXTENSION_HEADERS && offset < end; i++) {
		struct extension_header header;

		if (bpf_skb_load_bytes(skb, offset, &header, sizeof(header)))
			break;
		if (protocol == IPPROTO_FRAGMENT)
			id = header.fragment_id;
		offset += length_of(&header, protocol);
		protocol = header.nexthdr;
	}
	return id;
}

static __always_inline int skip_extensions(struct __sk_buff *skb, __u8 ip_version, struct cursor *at)
{
	int passed;

	/* Of IPv4 a later fragment is known by now. */
	if (at->fragment == LATER_FRAGMENT)
		return 0;
	passed = pass_extensions(skb, at->offset, at->end, ip_version, at->protocol);
	if (passed < 0)
		return MALFORMED;
	if (PASSED_FRAGMENT(passed) != WHOLE) {
		at->fragment = PASSED_FRAGMENT(passed);
		at->fragment_id = fragment_id(skb, at->offset, at->offset + PASSED_LENGTH(passed), at->protocol);
	}
	at->offset += PASSED_LENGTH(passed);
	at->protocol = PASSED_PROTOCOL(passed);
	return 0;
}

/* The least a whole header takes; 0 for protocols of which none is read. */
static __always_inline __u32 minimum_header(__u8 protocol, __u8 ip_version)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return sizeof(struct udphdr);
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return 12;
	case IPPROTO_ICMP:
		return ip_version == 4 ? sizeof(struct icmphdr) : 0;
	case IPPROTO_ICMPV6:
		return ip_version == 6 ? sizeof(struct icmphdr) : 0;
	default:
		return 0;
	}
}

static __always_inline void set_icmp(struct flow_key *key, const struct icmphdr *icmp)
{
	bool has_id = key->protocol == IPPROTO_ICMP
			      ? icmp->type == ICMP_ECHO || icmp->type == ICMP_ECHOREPLY ||
					icmp->type == ICMP_TIMESTAMP || icmp->type == ICMP_TIMESTAMPREPLY
			      : icmp->type == ICMPV6_ECHO_REQUEST || icmp->type == ICMPV6_ECHO_REPLY;

	key->sport = has_id ? bpf_ntohs(icmp->id) : 0;
	key->dport = icmp->type << 8 | icmp->code;
}

static __always_inline int parse_tcp(struct __sk_buff *skb, struct packet *packet, struct cursor *at, __u32 room)
{
	struct tcphdr tcp;
	__u32 header;

	/* A first fragment may legally end inside the header. */
	if (room < sizeof(tcp))
		return 0;
	if (bpf_skb_load_bytes(skb, at->offset, &tcp, sizeof(tcp)))
		return MALFORMED;
	header = tcp.doff >> 4 << 2;
	if (header < sizeof(tcp) || (at->fragment == WHOLE && header > room))
		return MALFORMED;
	packet->headers = at->offset + header;
	packet->tcp_flags = tcp.flags;
	return 0;
}

static __always_inline int parse_upper(struct __sk_buff *skb, struct packet *packet, struct cursor *at)
{
	__u32 room = at->end - at->offset, needed = minimum_header(at->protocol, packet->key.ip_version);
	struct flow_key *key = &packet->key;
	union {
		struct udphdr udp;
		struct icmphdr icmp;
	} header;

	key->protocol = at->protocol;
	set_ports(key, 0, 0);
	packet->tcp_flags = 0;
	packet->headers = at->offset + needed;
	if (at->fragment == LATER_FRAGMENT)
		return find_first_fragment(key, at->fragment_id, at->ip_protocol);
	if (needed) {
		/* A fragment's unit is 8 bytes: the ports are in the first one. */
		if (room < (at->fragment == FIRST_FRAGMENT ? sizeof(header) : needed) ||
		    bpf_skb_load_bytes(skb, at->offset, &header, sizeof(header)))
			return MALFORMED;
		if (at->protocol == IPPROTO_ICMP || at->protocol == IPPROTO_ICMPV6)
			set_icmp(key, &header.icmp);
		else
			set_ports(key, header.udp.source, header.udp.dest);

		if (at->protocol == IPPROTO_TCP && parse_tcp(skb, packet, at, room))
			return MALFORMED;
		if (at->protocol == IPPROTO_UDP && at->fragment == WHOLE &&
		    !is_udp_length(bpf_ntohs(header.udp.len), room, key->ip_version))
			return MALFORMED;
	}
	if (at->fragment == FIRST_FRAGMENT)
		remember_first_fragment(key, at->fragment_id, at->ip_protocol);
	return 0;
}

/* The frame at the cursor: its protocol, past the tags of 802.1Q and 802.1ad. `vlans` may be null. */
static __always_inline int parse_ethernet(struct __sk_buff *skb, struct cursor *at, __be16 *protocol, __u16 *vlans)
{
	struct ethhdr eth;

	if (at->end - at->offset < sizeof(eth) || bpf_skb_load_bytes(skb, at->offset, &eth, sizeof(eth)))
		return MALFORMED;
	*protocol = eth.h_proto;
	at->offset += sizeof(eth);
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct vlan_hdr vlan;
		__u16 tag;

		if (*protocol != bpf_htons(ETH_P_8021Q) && *protocol != bpf_htons(ETH_P_8021AD))
			break;
		if (at->end - at->offset < sizeof(vlan) || bpf_skb_load_bytes(skb, at->offset, &vlan, sizeof(vlan)))
			return MALFORMED;
		*protocol = vlan.h_vlan_encapsulated_proto;
		at->offset += sizeof(vlan);
		if (!vlans)
			continue;
		tag = FLOW_VLAN_PRESENT | (bpf_ntohs(vlan.h_vlan_TCI) & 0xfff);
		if (!vlans[0])
			vlans[0] = tag;
		else if (!vlans[1])
			vlans[1] = tag;
	}
	return 0;
}

/* From the IP header at the cursor to the ports. */
static __noinline int parse_ip(struct __sk_buff *skb, struct packet *packet, struct cursor *at, __be16 protocol)
{
	int error = NON_IP;

	if (protocol == bpf_htons(ETH_P_IP))
		error = parse_ipv4(skb, packet, at);
	else if (protocol == bpf_htons(ETH_P_IPV6))
		error = parse_ipv6(skb, packet, at);
	if (error)
		return error;
	at->ip_protocol = at->protocol;
	return skip_extensions(skb, packet->key.ip_version, at) ?: parse_upper(skb, packet, at);
}

/* Goes on into the packet that this one carries, if it does; NON_IP, and nothing changed, if not. */
static __noinline int parse_inner(struct __sk_buff *skb, struct packet *packet, struct cursor *at)
{
	struct tunnel tunnel;
	__be16 protocol;
	int error;

	/* Of a fragment the inner packet is not all there. */
	if (at->fragment != WHOLE || !read_tunnel(skb, at->offset, &packet->key, &tunnel))
		return NON_IP;
	if (tunnel.header > at->end - at->offset)
		return MALFORMED;
	at->offset += tunnel.header;
	protocol = tunnel.protocol;
	if (protocol == bpf_htons(ETH_P_TEB)) {
		error = parse_ethernet(skb, at, &protocol, 0);
		if (error)
			return error;
	}
	error = parse_ip(skb, packet, at, protocol);
	if (error)
		return error;
	packet->key.tunnel = tunnel.kind;
	packet->key.tunnel_id = tunnel.id;
	return 0;
}

/* Opens what the packet carries; MALFORMED where that is cut short. */
static __always_inline int parse_tunnels(struct __sk_buff *skb, struct packet *packet, struct cursor *at)
{
	int error = 0;

	for (int i = 0; i < MAX_TUNNELS && !error; i++)
		error = parse_inner(skb, packet, at);
	return error == MALFORMED ? MALFORMED : 0;
}

/*
 * Takes every packet, and alone judges one malformed. bpf_skb_load_bytes reads paged data too and, unlike
 * bpf_skb_pull_data, leaves the skb as it was.
 */
static __noinline int parse_any(struct __sk_buff *skb, struct packet *packet)
{
	struct cursor at = { .end = skb->len };
	__be16 protocol = skb->protocol;
	__u32 start, headers;
	int error;

	set_offloaded_vlan(skb, &packet->key);
	packet->key.tunnel = FLOW_TUNNEL_NONE;
	packet->key.tunnel_id = 0;
	if (!lacks_link_header(skb) && parse_ethernet(skb, &at, &protocol, packet->key.vlans))
		return NON_IP;
	start = at.offset;
	error = parse_ip(skb, packet, &at, protocol);
	if (error)
		return error;
	packet->ip_length = at.end - start;
	if (inner_tunnels)
		return parse_tunnels(skb, packet, &at);
	if (skb->gso_segs <= 1)
		return 0;

	/* Only to see how long the headers are. Then the outer packet is read again: the stack has no room for both. */
	headers = packet->headers;
	if (!parse_tunnels(skb, packet, &at))
		headers = packet->headers;
	packet->key.tunnel = FLOW_TUNNEL_NONE;
	packet->key.tunnel_id = 0;
	at.offset = start;
	at.end = skb->len;
	error = parse_ip(skb, packet, &at, protocol);
	packet->headers = headers;
	return error;
}

#endif
