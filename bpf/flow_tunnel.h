/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What a packet carries inside another: where the inner one begins, and what it is. */
#ifndef FLOW_TUNNEL_H
#define FLOW_TUNNEL_H

#include "flow_parse.h"

/* Whether the key is to be of the inner packet. */
const volatile bool inner_tunnels = false;

/* IANA's ports, and the one that Linux used for VXLAN before there was one and still uses by default. */
#define VXLAN_PORT 4789
#define VXLAN_PORT_OF_LINUX 8472
#define GENEVE_PORT 6081

/* What an encapsulation is and what follows it. */
struct tunnel {
	__u32 header;
	__u32 id;
	/* ETH_P_TEB for a frame */
	__be16 protocol;
	__u8 kind;
};

/* The key is of the inner packet on request. The headers of a GSO packet are those of both in any case. */
static __always_inline bool opens_tunnels(struct __sk_buff *skb)
{
	return inner_tunnels || skb->gso_segs > 1;
}

static __always_inline bool may_be_tunnel(struct __sk_buff *skb, __u16 port)
{
	return (port == VXLAN_PORT || port == VXLAN_PORT_OF_LINUX || port == GENEVE_PORT) && opens_tunnels(skb);
}

static __always_inline bool read_gre(struct __sk_buff *skb, __u32 offset, struct tunnel *tunnel)
{
	struct grehdr gre;
	__u16 flags;
	__be32 key;

	if (bpf_skb_load_bytes(skb, offset, &gre, sizeof(gre)))
		return false;
	flags = bpf_ntohs(gre.flags);
	if (flags & (GRE_VERSION | GRE_ROUTING))
		return false;
	tunnel->kind = FLOW_TUNNEL_GRE;
	tunnel->protocol = gre.protocol;
	tunnel->header = sizeof(gre) + (flags & GRE_CSUM ? 4 : 0);
	if (flags & GRE_KEY) {
		if (bpf_skb_load_bytes(skb, offset + tunnel->header, &key, sizeof(key)))
			return false;
		tunnel->id = bpf_ntohl(key);
		tunnel->header += sizeof(key);
	}
	tunnel->header += flags & GRE_SEQ ? 4 : 0;
	return true;
}

static __always_inline bool read_vxlan(struct __sk_buff *skb, __u32 offset, struct tunnel *tunnel)
{
	struct vxlanhdr vxlan;

	if (bpf_skb_load_bytes(skb, offset + sizeof(struct udphdr), &vxlan, sizeof(vxlan)) ||
	    !(vxlan.flags & VXLAN_HAS_VNI))
		return false;
	tunnel->kind = FLOW_TUNNEL_VXLAN;
	tunnel->id = bpf_ntohl(vxlan.vni) >> 8;
	tunnel->protocol = bpf_htons(ETH_P_TEB);
	tunnel->header = sizeof(struct udphdr) + sizeof(vxlan);
	return true;
}

static __always_inline bool read_geneve(struct __sk_buff *skb, __u32 offset, struct tunnel *tunnel)
{
	struct genevehdr geneve;

	if (bpf_skb_load_bytes(skb, offset + sizeof(struct udphdr), &geneve, sizeof(geneve)) ||
	    geneve.version_length >> 6)
		return false;
	tunnel->kind = FLOW_TUNNEL_GENEVE;
	tunnel->id = bpf_ntohl(geneve.vni) >> 8;
	tunnel->protocol = geneve.protocol;
	tunnel->header = sizeof(struct udphdr) + sizeof(geneve) + ((geneve.version_length & 0x3f) << 2);
	return true;
}

/* Whether the header of `key` at `offset` is an encapsulation. */
static __always_inline bool read_tunnel(struct __sk_buff *skb, __u32 offset, const struct flow_key *key,
					struct tunnel *tunnel)
{
	tunnel->header = 0;
	tunnel->id = 0;
	switch (key->protocol) {
	case IPPROTO_IPIP:
		tunnel->kind = FLOW_TUNNEL_IPIP;
		tunnel->protocol = bpf_htons(ETH_P_IP);
		return true;
	case IPPROTO_IPV6:
		tunnel->kind = FLOW_TUNNEL_IPIP;
		tunnel->protocol = bpf_htons(ETH_P_IPV6);
		return true;
	case IPPROTO_GRE:
		return read_gre(skb, offset, tunnel);
	case IPPROTO_UDP:
		if (key->dport == VXLAN_PORT || key->dport == VXLAN_PORT_OF_LINUX)
			return read_vxlan(skb, offset, tunnel);
		return key->dport == GENEVE_PORT && read_geneve(skb, offset, tunnel);
	default:
		return false;
	}
}

#endif
