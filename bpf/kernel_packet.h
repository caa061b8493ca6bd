/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The parts of wire formats that are read. */
#ifndef BPF_KERNEL_PACKET_H
#define BPF_KERNEL_PACKET_H

#include "kernel.h"

/* include/uapi/linux/if_packet.h: values of `pkt_type` */
enum {
	PACKET_LOOPBACK = 5,
};

/* include/uapi/linux/if_ether.h, in.h, in6.h */

enum {
	ETH_P_IP = 0x0800,
	/* Transparent Ethernet Bridging: a whole frame inside GRE or Geneve */
	ETH_P_TEB = 0x6558,
	ETH_P_8021Q = 0x8100,
	ETH_P_IPV6 = 0x86dd,
	ETH_P_8021AD = 0x88a8,
};

enum {
	IPPROTO_HOPOPTS = 0,
	IPPROTO_ICMP = 1,
	IPPROTO_IPIP = 4,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_DCCP = 33,
	IPPROTO_IPV6 = 41,
	IPPROTO_ROUTING = 43,
	IPPROTO_FRAGMENT = 44,
	IPPROTO_GRE = 47,
	IPPROTO_AH = 51,
	IPPROTO_ICMPV6 = 58,
	IPPROTO_NONE = 59,
	IPPROTO_DSTOPTS = 60,
	IPPROTO_SCTP = 132,
	IPPROTO_MH = 135,
	IPPROTO_UDPLITE = 136,
	IPPROTO_HIP = 139,
	IPPROTO_SHIM6 = 140,
};

struct ethhdr {
	__u8 h_dest[6];
	__u8 h_source[6];
	__be16 h_proto;
};

struct vlan_hdr {
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};

struct iphdr {
	/* version in the high nibble, header length in 32-bit words in the low one */
	__u8 version_ihl;
	__u8 tos;
	__be16 tot_len;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__sum16 check;
	__be32 saddr;
	__be32 daddr;
};

struct ipv6hdr {
	__u8 version_class;
	__u8 flow_lbl[3];
	__be16 payload_len;
	__u8 nexthdr;
	__u8 hop_limit;
	__be32 saddr[4];
	__be32 daddr[4];
};

struct udphdr {
	__be16 source;
	__be16 dest;
	/* for UDP-Lite: how much the checksum covers */
	__be16 len;
	__sum16 check;
};

/* ICMP and ICMPv6 begin with the same fields; `id` exists only if the type is an echo or another query. */
struct icmphdr {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be16 id;
	__be16 sequence;
};

/* include/uapi/linux/icmp.h, icmpv6.h */
enum {
	ICMP_ECHOREPLY = 0,
	ICMP_ECHO = 8,
	ICMP_TIMESTAMP = 13,
	ICMP_TIMESTAMPREPLY = 14,
	ICMPV6_ECHO_REQUEST = 128,
	ICMPV6_ECHO_REPLY = 129,
};

/* RFC 2784 and 2890; the checksum, the key and the sequence number follow if their flags are set */
struct grehdr {
	__be16 flags;
	__be16 protocol;
};

enum {
	GRE_CSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQ = 0x1000,
	GRE_VERSION = 0x0007,
};

/* RFC 7348; an Ethernet frame follows */
struct vxlanhdr {
	__u8 flags;
	__u8 reserved[3];
	/* in the upper 24 bits */
	__be32 vni;
};

#define VXLAN_HAS_VNI 0x08

/* RFC 8926; followed by options, then by what `protocol` says */
struct genevehdr {
	/* version in the upper 2 bits, length of the options in 32-bit words in the lower 6 */
	__u8 version_length;
	__u8 flags;
	__be16 protocol;
	/* in the upper 24 bits */
	__be32 vni;
};

struct tcphdr {
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack_seq;
	/* header length in 32-bit words in the high nibble */
	__u8 doff;
	/* bit 0 FIN, SYN, RST, PSH, ACK, URG, ECE, bit 7 CWR */
	__u8 flags;
	__be16 window;
	__sum16 check;
	__be16 urg_ptr;
};

enum {
	TCP_FLAG_FIN = 1,
	TCP_FLAG_SYN = 2,
	TCP_FLAG_RST = 4,
	TCP_FLAG_ACK = 16,
};

#endif
