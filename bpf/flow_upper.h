/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
#ifndef FLOW_UPPER_H
#define FLOW_UPPER_H

#include "flow_ip.h"

/* The smallest unit that holds the ports; also the minimum length of a fragment that is not the last one (RFC 791). */
#define FRAGMENT_UNIT 8

union upper_layer {
	struct {
		__u64 error : 2;
		__u64 sport : 16;
		__u64 dport : 16;
		__u64 tcp_flags : 8;
		/* 0 for protocols that are not read */
		__u64 header : 8;
	};
	__u64 bits;
};

/* The minimum length of a whole header; 0 for protocols that are not read. */
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

static __always_inline bool has_icmp_id(__u8 type, __u8 ip_version)
{
	if (ip_version == 6)
		return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
	return type == ICMP_ECHO || type == ICMP_ECHOREPLY || type == ICMP_TIMESTAMP || type == ICMP_TIMESTAMPREPLY;
}

/*
 * Reads the upper layer's header at `offset`, in a packet that ends at `end`; not for later fragments. The whole header
 * must be there, in IPv6 even in a first fragment (RFC 8200, 4.5). In a first fragment of IPv4, the ports are enough.
 */
__noinline __u64 read_upper(struct __sk_buff *skb, __u32 offset, __u32 end, __u64 layer, __u8 ip_version)
{
	union ip_layer ip = { .bits = layer };
	__u32 room = end - offset, needed = minimum_header(ip.protocol, ip_version);
	bool whole = ip.fragment == WHOLE;
	union upper_layer upper = {};
	union {
		struct udphdr udp;
		struct icmphdr icmp;
		struct tcphdr tcp;
	} header;

	if (!needed)
		return upper.bits;
	upper.error = MALFORMED;
	upper.header = needed;
	if (room < (whole || ip_version == 6 ? needed : FRAGMENT_UNIT) ||
	    bpf_skb_load_bytes(skb, offset, &header, FRAGMENT_UNIT))
		return upper.bits;
	if (ip.protocol == IPPROTO_ICMP || ip.protocol == IPPROTO_ICMPV6) {
		upper.sport = has_icmp_id(header.icmp.type, ip_version) ? bpf_ntohs(header.icmp.id) : 0;
		upper.dport = header.icmp.type << 8 | header.icmp.code;
	} else {
		upper.sport = bpf_ntohs(header.udp.source);
		upper.dport = bpf_ntohs(header.udp.dest);
	}
	if (ip.protocol == IPPROTO_UDP && whole && !is_udp_length(bpf_ntohs(header.udp.len), room, ip_version))
		return upper.bits;
	if (ip.protocol == IPPROTO_UDPLITE && whole && !is_udplite_coverage(bpf_ntohs(header.udp.len), room))
		return upper.bits;
	/* A first fragment may end inside the header; then it has no flags. */
	if (ip.protocol == IPPROTO_TCP && room >= sizeof(header.tcp)) {
		if (bpf_skb_load_bytes(skb, offset, &header.tcp, sizeof(header.tcp)))
			return upper.bits;
		upper.header = header.tcp.doff >> 4 << 2;
		if (upper.header < sizeof(header.tcp) || (whole && upper.header > room))
			return upper.bits;
		upper.tcp_flags = header.tcp.flags;
	}
	upper.error = 0;
	return upper.bits;
}

#endif
