/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
#ifndef FLOW_IP_H
#define FLOW_IP_H

#include "flow_parse.h"

/* RFC 8200 lists seven; a packet with more headers than this counts as malformed. */
#define MAX_EXTENSION_HEADERS 16

#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_FRAGMENT_OFFSET 0xfff8

/* The longest packet that fragments may be reassembled to. */
#define MAX_REASSEMBLED 0xffff

enum fragment {
	WHOLE,
	FIRST_FRAGMENT,
	LATER_FRAGMENT,
};

union ip_layer {
	struct {
		__u64 error : 2;
		/* enum fragment */
		__u64 fragment : 2;
		/* of the upper layer */
		__u64 protocol : 8;
		/* length up to the upper layer, including extension headers: at most 40 + 17 * 2048 */
		__u64 header : 16;
		/* IPv6: offset of the fragment header, unless `fragment` is WHOLE */
		__u64 fragment_header : 16;
		/* of the whole packet, according to its header; up to 512 KiB with BIG TCP */
		__u64 length : 20;
	};
	__u64 bits;
};

/* RFC 4302, 2: the length of an authentication header without its check value. */
#define AH_FIXED_LENGTH 12

/* The first bytes of every IPv6 extension header; those behind hdrlen belong to a fragment header. */
struct extension_header {
	__u8 nexthdr;
	__u8 hdrlen;
	__be16 frag_off;
};

/* The length of a fragment header, and the offset of the identification in it. */
#define FRAGMENT_HEADER_LENGTH 8
#define FRAGMENT_ID 4

/* The kind of fragment, from its offset (in any unit) and its more-fragments flag. */
static __always_inline enum fragment fragment_of(__u16 offset, __u16 more)
{
	if (offset)
		return LATER_FRAGMENT;
	return more ? FIRST_FRAGMENT : WHOLE;
}

/* AH is the same in both versions; the other numbers are extension headers in IPv6 only. */
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

/* The length of the extension header of that protocol. */
static __always_inline __u32 length_of(const struct extension_header *header, __u8 protocol)
{
	if (protocol == IPPROTO_AH)
		return (header->hdrlen + 2) << 2;
	return protocol == IPPROTO_FRAGMENT ? FRAGMENT_HEADER_LENGTH : (header->hdrlen + 1) << 3;
}

/*
 * RFC 8200, 4.5: every fragment but the last has a multiple of 8 bytes, and none may end beyond what a payload length
 * can express; other fragments must be discarded.
 */
static __always_inline bool is_ipv6_fragment(__u16 position, __u32 length)
{
	if (position & IPV6_MORE_FRAGMENTS && length & 7)
		return false;
	return (position & IPV6_FRAGMENT_OFFSET) + length <= MAX_REASSEMBLED;
}

/* Skips the extension headers of the packet at `start`, in any order, but not beyond its end. */
__noinline __u64 pass_extensions(struct __sk_buff *skb, __u32 start, __u64 bits, __u8 ip_version)
{
	union ip_layer ip = { .bits = bits };
	__u32 offset = ip.header, end = ip.length, fragment_header = 0;
	__u8 protocol = ip.protocol;
	/* From the last fragment header that does not just say that the packet is whole (RFC 6946). */
	__u16 position = 0;

	for (int i = 0; i <= MAX_EXTENSION_HEADERS; i++) {
		struct extension_header header;
		__u32 length;

		/* Behind the header of a later fragment there is data, whatever its next-header number says. */
		if (position & IPV6_FRAGMENT_OFFSET || !is_extension(ip_version, protocol))
			goto found;
		if (offset + sizeof(header) > end || bpf_skb_load_bytes(skb, start + offset, &header, sizeof(header)))
			break;
		/* Mobility, HIP and Shim6 may precede a payload, but usually they are the payload. */
		if (protocol >= IPPROTO_MH && header.nexthdr == IPPROTO_NONE)
			goto found;
		length = length_of(&header, protocol);
		if (offset + length > end || (protocol == IPPROTO_AH && length < AH_FIXED_LENGTH))
			break;
		if (protocol == IPPROTO_FRAGMENT) {
			__u16 read = bpf_ntohs(header.frag_off) & (IPV6_FRAGMENT_OFFSET | IPV6_MORE_FRAGMENTS);

			if (!is_ipv6_fragment(read, end - offset - length))
				break;
			fragment_header = read ? offset : fragment_header;
			position = read ?: position;
		}
		offset += length;
		protocol = header.nexthdr;
	}
	ip.error = MALFORMED;
	return ip.bits;

found:
	ip.header = offset;
	ip.protocol = protocol;
	if (position) {
		ip.fragment = fragment_of(position & IPV6_FRAGMENT_OFFSET, 1);
		ip.fragment_header = fragment_header;
	}
	return ip.bits;
}

static __always_inline union ip_layer read_ipv4(struct __sk_buff *skb, __u32 start, __u32 available)
{
	union ip_layer layer = { .error = MALFORMED };
	__u32 header, length, position;
	struct iphdr ip;

	if (available < sizeof(ip) || bpf_skb_load_bytes(skb, start, &ip, sizeof(ip)))
		return layer;
	header = (ip.version_ihl & 15) << 2;
	length = bpf_ntohs(ip.tot_len);
	/* BIG TCP (6.3): a GSO packet that is too large for the field has 0. */
	if (!length && available > 0xffff)
		length = available;
	if (ip.version_ihl >> 4 != 4 || header < sizeof(ip) || length < header || length > available)
		return layer;
	position = bpf_ntohs(ip.frag_off) & (IP_FRAGMENT_OFFSET | IP_MORE_FRAGMENTS);
	layer.fragment = fragment_of(position & IP_FRAGMENT_OFFSET, position);
	if (layer.fragment != WHOLE && (position & IP_FRAGMENT_OFFSET) * 8 + length > MAX_REASSEMBLED)
		return layer;
	layer.error = 0;
	layer.protocol = ip.protocol;
	layer.header = header;
	layer.length = length;
	return layer;
}

static __always_inline union ip_layer read_ipv6(struct __sk_buff *skb, __u32 start, __u32 available)
{
	union ip_layer layer = { .error = MALFORMED };
	struct ipv6hdr ip;
	__u32 length;

	if (available < sizeof(ip) || bpf_skb_load_bytes(skb, start, &ip, sizeof(ip)))
		return layer;
	length = bpf_ntohs(ip.payload_len) + sizeof(ip);
	/* A jumbogram (RFC 2675), or BIG TCP (5.19), which has 0 too. */
	if (!ip.payload_len && available > 0xffff)
		length = available;
	if (ip.version_class >> 4 != 6 || length > available)
		return layer;
	layer.error = 0;
	layer.protocol = ip.nexthdr;
	layer.header = sizeof(ip);
	layer.length = length;
	return layer;
}

/* Reads the IP packet at `start`, which must end by `end`, up to its upper layer. */
__noinline __u64 read_ip(struct __sk_buff *skb, __u32 start, __u32 end, __be16 protocol)
{
	union ip_layer layer = { .error = NON_IP };
	__u32 available = end - start;

	if (start > end)
		return layer.bits;
	if (protocol == bpf_htons(ETH_P_IP))
		layer = read_ipv4(skb, start, available);
	else if (protocol == bpf_htons(ETH_P_IPV6))
		layer = read_ipv6(skb, start, available);
	/* An IPv4 packet is already known to be a later fragment here. */
	if (layer.error || layer.fragment == LATER_FRAGMENT)
		return layer.bits;
	return pass_extensions(skb, start, layer.bits, protocol == bpf_htons(ETH_P_IP) ? 4 : 6);
}

#endif
