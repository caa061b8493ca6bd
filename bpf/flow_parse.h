/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * From a packet to its flow key: addresses, ports, protocol and IP version. There are two parsers, parse_plain for what
 * nearly every packet is and parse_any for all. Both return the packet's TCP flags, 0 for other protocols, or one of
 * the negative values below. Here is what they share.
 */
#ifndef FLOW_PARSE_H
#define FLOW_PARSE_H

#include "kernel_packet.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"

#define NOT_PLAIN (-1)
#define NON_IP (-2)
#define MALFORMED (-3)

#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff

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

#endif
