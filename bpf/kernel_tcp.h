/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Sockets and what TCP keeps in them, and the records of its tracepoints; found by name (kernel.h). */
#ifndef BPF_KERNEL_TCP_H
#define BPF_KERNEL_TCP_H

#include "kernel.h"
#include "kernel_packet.h"

/* include/linux/socket.h */

enum {
	AF_INET = 2,
	AF_INET6 = 10,
};

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

#endif
