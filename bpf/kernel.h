/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The part of the kernel's types that these programs read, in place of a generated vmlinux.h.
 *
 * Structures marked CORE are found by name in the running kernel's BTF and their field offsets are set at load
 * (bpf_core_read.h), so only the fields in use are listed, and their order says nothing. The others are user-space ABI
 * or wire formats and are exact.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

/* Tells bpf_tracing.h that pt_regs has the kernel's field names. */
#define __VMLINUX_H__

#define CORE __attribute__((preserve_access_index))

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u16 __sum16;
typedef __u32 __wsum;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
enum { false = 0, true = 1 };

/* include/uapi/linux/bpf.h */

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};

enum {
	BPF_F_CURRENT_CPU = 0xffffffffULL,
	BPF_F_NO_PREALLOC = 1U << 0,
	BPF_F_MMAPABLE = 1U << 10,
};

enum bpf_hdr_start_off {
	BPF_HDR_START_MAC,
	BPF_HDR_START_NET,
};

/* TCX_NEXT equals TC_ACT_UNSPEC and TCX_DROP equals TC_ACT_SHOT: a program serves TCX and clsact alike. */
enum tcx_action_base {
	TCX_NEXT = -1,
	TCX_PASS = 0,
	TCX_DROP = 2,
	TCX_REDIRECT = 7,
};

struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;
	__u32 data_end;
	__u32 napi_id;
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
	__u32 data_meta;
	__u64 flow_keys;
	__u64 tstamp;
	__u32 wire_len;
	__u32 gso_segs;
};

/* include/uapi/asm-generic/errno-base.h */

enum {
	EBUSY = 16,
	EEXIST = 17,
};

/* include/uapi/linux/if_ether.h, in.h, in6.h */

enum {
	ETH_P_IP = 0x0800,
	ETH_P_8021Q = 0x8100,
	ETH_P_IPV6 = 0x86dd,
	ETH_P_8021AD = 0x88a8,
};

enum {
	IPPROTO_HOPOPTS = 0,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_DCCP = 33,
	IPPROTO_ROUTING = 43,
	IPPROTO_FRAGMENT = 44,
	IPPROTO_AH = 51,
	IPPROTO_NONE = 59,
	IPPROTO_DSTOPTS = 60,
	IPPROTO_SCTP = 132,
	IPPROTO_MH = 135,
	IPPROTO_UDPLITE = 136,
	IPPROTO_HIP = 139,
	IPPROTO_SHIM6 = 140,
};

enum {
	AF_INET = 2,
	AF_INET6 = 10,
};

/* Wire formats, as far as they are read. */

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

/* arch/<arch>/include/asm/ptrace.h: what a kprobe receives */

#if defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};
#else
struct pt_regs {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long cx;
	unsigned long r8;
	unsigned long r9;
	unsigned long r10;
	unsigned long ax;
	unsigned long bp;
	unsigned long sp;
	unsigned long ip;
} CORE;
#endif

/* include/net/net_namespace.h, include/linux/ns_common.h */

struct ns_common {
	unsigned int inum;
} CORE;

struct net {
	struct ns_common ns;
} CORE;

typedef struct {
	struct net *net;
} CORE possible_net_t;

/* include/net/sock.h: the head that sockets, request sockets and time-wait sockets share */

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be32 u6_addr32[4];
	} in6_u;
} CORE;

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} CORE;

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
} CORE;

struct request_sock {
	struct sock_common __req_common;
} CORE;

/* include/net/inet_sock.h */

struct inet_sock {
	__be16 inet_sport;
} CORE;

/* include/net/tcp_states.h */

enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_CLOSE = 7,
};

/* include/linux/tcp.h */

struct tcp_sock {
	__u64 tcp_wstamp_ns;
	__u64 tcp_clock_cache;
	__u64 bytes_retrans;
	__u32 total_retrans;
} CORE;

/* include/linux/skbuff.h */

struct sk_buff {
	unsigned int len;
	__u64 skb_mstamp_ns;
	char cb[48];
} CORE;

/* include/net/tcp.h: lies in sk_buff.cb. Its flags grew to 16 bits in 6.15, so nothing in it has a fixed place. */

struct tcp_skb_cb {
	__u16 tcp_gso_segs;
} CORE;

/* include/trace/events/tcp.h: the records of the tracepoints as perf and SEC("tracepoint") see them */

struct trace_event_raw_tcp_event_sk_skb {
	const void *skbaddr;
	const void *skaddr;
} CORE;

/* tcp_retransmit_skb has a record of its own since 6.17, when `err` came; before it shared the one above. */
struct trace_event_raw_tcp_retransmit_skb {
	const void *skbaddr;
	const void *skaddr;
	int err;
} CORE;

struct trace_event_raw_tcp_retransmit_synack {
	const void *skaddr;
	const void *req;
} CORE;

#endif
