/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Packets inside packets: where the inner one begins, and what it is. */
#ifndef FLOW_TUNNEL_H
#define FLOW_TUNNEL_H

#include "flow_parse.h"

/* Whether the key is that of the inner packet. */
const volatile bool inner_tunnels = false;

/* IANA's ports, and the VXLAN port that Linux used before IANA assigned one, and still uses by default. */
#define VXLAN_PORT 4789
#define VXLAN_PORT_OF_LINUX 8472
#define GENEVE_PORT 6081
/* VXLAN's header, and Geneve's without options. */
#define UDP_TUNNEL_HEADER 8

/* The type of an encapsulation and what follows it. */
union tunnel {
	struct {
		/* enum flow_tunnel; FLOW_TUNNEL_NONE if the packet does not carry another */
		__u64 kind : 4;
		/* from the upper layer's header to the inner packet */
		__u64 header : 12;
		/* big-endian; ETH_P_TEB for a frame */
		__u64 protocol : 16;
		__u64 id : 32;
	};
	__u64 bits;
};

/* The key is the inner packet's only if requested. A GSO packet's headers always include those of both packets. */
static __always_inline bool opens_tunnels(struct __sk_buff *skb)
{
	return inner_tunnels || skb->gso_segs > 1;
}

static __always_inline bool is_tunnel_port(__u16 port)
{
	return port == VXLAN_PORT || port == VXLAN_PORT_OF_LINUX || port == GENEVE_PORT;
}

static __always_inline union tunnel read_gre(struct __sk_buff *skb, __u32 offset)
{
	union tunnel tunnel = { .kind = FLOW_TUNNEL_GRE, .header = sizeof(struct grehdr) };
	struct grehdr gre;
	__u16 flags;
	__be32 key;

	if (bpf_skb_load_bytes(skb, offset, &gre, sizeof(gre)))
		return tunnel;
	flags = bpf_ntohs(gre.flags);
	/* Version 1 is PPTP's and is followed by PPP; source routes have been obsolete since RFC 2784. */
	if (flags & (GRE_VERSION | GRE_ROUTING)) {
		tunnel.kind = FLOW_TUNNEL_NONE;
		return tunnel;
	}
	tunnel.protocol = gre.protocol;
	tunnel.header += flags & GRE_CSUM ? 4 : 0;
	if (flags & GRE_KEY) {
		if (!bpf_skb_load_bytes(skb, offset + tunnel.header, &key, sizeof(key)))
			tunnel.id = bpf_ntohl(key);
		tunnel.header += sizeof(key);
	}
	tunnel.header += flags & GRE_SEQ ? 4 : 0;
	return tunnel;
}

static __always_inline union tunnel read_vxlan(struct __sk_buff *skb, __u32 offset)
{
	union tunnel tunnel = {};
	struct vxlanhdr vxlan;

	if (bpf_skb_load_bytes(skb, offset + sizeof(struct udphdr), &vxlan, sizeof(vxlan)) ||
	    !(vxlan.flags & VXLAN_HAS_VNI))
		return tunnel;
	tunnel.kind = FLOW_TUNNEL_VXLAN;
	tunnel.id = bpf_ntohl(vxlan.vni) >> 8;
	tunnel.protocol = bpf_htons(ETH_P_TEB);
	tunnel.header = sizeof(struct udphdr) + sizeof(vxlan);
	return tunnel;
}

static __always_inline union tunnel read_geneve(struct __sk_buff *skb, __u32 offset)
{
	union tunnel tunnel = {};
	struct genevehdr geneve;

	if (bpf_skb_load_bytes(skb, offset + sizeof(struct udphdr), &geneve, sizeof(geneve)) ||
	    geneve.version_length >> 6)
		return tunnel;
	tunnel.kind = FLOW_TUNNEL_GENEVE;
	tunnel.id = bpf_ntohl(geneve.vni) >> 8;
	tunnel.protocol = geneve.protocol;
	tunnel.header = sizeof(struct udphdr) + sizeof(geneve) + ((geneve.version_length & 0x3f) << 2);
	return tunnel;
}

/*
 * Reads the encapsulation, if any, whose header is at `offset`. The caller checks whether it is longer than the packet
 * around it. A datagram that is too short for its port's usual protocol is not an encapsulation.
 */
__noinline __u64 read_tunnel(struct __sk_buff *skb, __u32 offset, __u32 end, __u8 protocol, __u16 dport)
{
	union tunnel tunnel = {};

	switch (protocol) {
	case IPPROTO_IPIP:
		tunnel.kind = FLOW_TUNNEL_IPIP;
		tunnel.protocol = bpf_htons(ETH_P_IP);
		break;
	case IPPROTO_IPV6:
		tunnel.kind = FLOW_TUNNEL_IPIP;
		tunnel.protocol = bpf_htons(ETH_P_IPV6);
		break;
	case IPPROTO_GRE:
		tunnel = read_gre(skb, offset);
		break;
	case IPPROTO_UDP:
		if (offset + sizeof(struct udphdr) + UDP_TUNNEL_HEADER > end)
			break;
		if (dport == GENEVE_PORT)
			tunnel = read_geneve(skb, offset);
		else if (is_tunnel_port(dport))
			tunnel = read_vxlan(skb, offset);
		break;
	}
	return tunnel.bits;
}

#endif
