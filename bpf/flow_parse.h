/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Reads a packet's flow key, and whatever else a flow counts. There are two parsers: parse_plain for almost every
 * packet, and parse_any for all packets. This is what they share.
 */
#ifndef FLOW_PARSE_H
#define FLOW_PARSE_H

#include "kernel_packet.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"

/* What the parsers return other than 0. */
enum unparsed {
	NOT_PLAIN = 1,
	NON_IP = 2,
	MALFORMED = 3,
};

#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff

/* What is read from a packet. The parsers write all of it except the key's ifindex, netns, direction and pad. */
struct packet {
	struct flow_key key;
	/* from the outermost IP header to the end of the packet, according to that header */
	__u32 ip_length;
	/* from the first byte to the innermost transport's payload: what each segment of a GSO packet repeats */
	__u32 headers;
	/* 0 for other protocols */
	__u8 tcp_flags;
	__u8 ttl;
	/* DSCP in the upper 6 bits, ECN in the lower 2 */
	__u8 tos;
	__u8 pad;
};

/*
 * True on devices without a link-layer header (tun, WireGuard, IP tunnels), where data begins with the IP header. No
 * field of __sk_buff says so, and the bytes can mislead: a packet from 8.0.0.0/16 has ETH_P_IP at the same offset as a
 * frame. The stack itself uses the network header. It begins where data begins exactly if the last linear byte, counted
 * from data, can still be read when counted from the network header.
 */
static __always_inline bool lacks_link_header(struct __sk_buff *skb)
{
	__u64 linear = (void *)(long)skb->data_end - (void *)(long)skb->data;
	__u8 last;

	/* Keeps the subtraction in 64 bits: the verifier rejects it on half a pointer. */
	barrier_var(linear);
	return bpf_skb_load_bytes_relative(skb, linear - 1, &last, sizeof(last), BPF_HDR_START_NET) == 0;
}

static __always_inline void set_ipv4(struct packet *packet, const struct iphdr *ip)
{
	__be32 *source = (__be32 *)packet->key.saddr, *destination = (__be32 *)packet->key.daddr;

	source[0] = destination[0] = 0;
	source[1] = destination[1] = 0;
	source[2] = destination[2] = bpf_htonl(0xffff);
	source[3] = ip->saddr;
	destination[3] = ip->daddr;
	packet->key.ip_version = 4;
	packet->ttl = ip->ttl;
	packet->tos = ip->tos;
}

static __always_inline void set_ipv6(struct packet *packet, const struct ipv6hdr *ip)
{
	__builtin_memcpy(packet->key.saddr, ip->saddr, sizeof(ip->saddr));
	__builtin_memcpy(packet->key.daddr, ip->daddr, sizeof(ip->daddr));
	packet->key.ip_version = 6;
	packet->ttl = ip->hop_limit;
	packet->tos = ip->version_class << 4 | ip->flow_lbl[0] >> 4;
}

static __always_inline void set_ports(struct flow_key *key, __be16 source, __be16 destination)
{
	key->sport = bpf_ntohs(source);
	key->dport = bpf_ntohs(destination);
}

/* The tag that the kernel or the device has taken out of the frame; other tags are still in it. */
static __always_inline void set_offloaded_vlan(struct __sk_buff *skb, struct flow_key *key)
{
	key->vlans[0] = skb->vlan_present ? FLOW_VLAN_PRESENT | (skb->vlan_tci & 0xfff) : 0;
	key->vlans[1] = 0;
}

static __always_inline void add_vlans(struct flow_key *key, __u16 outer, __u16 inner)
{
	if (key->vlans[0]) {
		key->vlans[1] = outer;
	} else {
		key->vlans[0] = outer;
		key->vlans[1] = inner;
	}
}

/* A length of 0 is legal in IPv6, for a jumbogram, and is used by GSO packets beyond 64 KiB. */
static __always_inline bool is_udp_length(__u32 length, __u32 room, __u8 ip_version)
{
	return length <= room && (length >= sizeof(struct udphdr) || (!length && (ip_version == 6 || room > 0xffff)));
}

/* RFC 3828, 3.1: how much of the datagram the checksum covers, at least its header; 0 means all. */
static __always_inline bool is_udplite_coverage(__u32 length, __u32 room)
{
	return !length || (length >= sizeof(struct udphdr) && length <= room);
}

#endif
