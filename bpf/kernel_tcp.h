/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Sockets and TCP's state in them, and the records of TCP's tracepoints; found by name (kernel.h). */
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

/* include/net/sock.h: the first part of sockets, request sockets and time-wait sockets */

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
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} CORE;

/* include/linux/cgroup-defs.h, kernfs.h; `val` until 5.16, 8520e224f547 */

struct kernfs_node {
	__u64 id;
} CORE;

struct cgroup {
	struct kernfs_node *kn;
} CORE;

struct sock_cgroup_data {
	struct cgroup *cgroup;
	__u64 val;
} CORE;

struct socket;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	__u16 sk_protocol;
	__u8 sk_shutdown;
	__u8 sk_kern_sock : 1;
	struct sock_cgroup_data sk_cgrp_data;
} CORE;

/* include/net/sock.h: both directions are shut down */
enum {
	SHUTDOWN_MASK = 3,
};

struct request_sock {
	struct sock_common __req_common;
} CORE;

/* include/net/inet_sock.h */

struct inet_sock {
	__be16 inet_sport;
} CORE;

/* include/net/inet_connection_sock.h */

enum {
	ICSK_TIME_LOSS_PROBE = 5,
};

struct request_sock_queue {
	__u8 rskq_defer_accept;
} CORE;

struct inet_connection_sock {
	struct request_sock_queue icsk_accept_queue;
	__u8 icsk_ca_state : 5;
	__u8 icsk_pending;
} CORE;

/* include/uapi/linux/tcp.h, enum tcp_ca_state */

enum {
	TCP_CA_Recovery = 3,
};

/* include/net/tcp_states.h */

enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_TIME_WAIT = 6,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
	TCP_LISTEN = 10,
	TCP_NEW_SYN_RECV = 12,
};

/* include/linux/win_minmax.h */

struct minmax_sample {
	__u32 v;
} CORE;

struct minmax {
	struct minmax_sample s[3];
} CORE;

/* include/linux/tcp.h */

struct tcp_sock {
	__u32 srtt_us;
	struct minmax rtt_min;
	__u64 tcp_wstamp_ns;
	__u64 tcp_clock_cache;
	__u64 bytes_sent;
	__u64 bytes_acked;
	__u64 bytes_received;
	__u64 bytes_retrans;
	__u32 total_retrans;
	__u32 segs_out;
	__u32 segs_in;
	__u32 data_segs_out;
	__u8 repair : 1;
	/* Only with CONFIG_MPTCP */
	bool is_mptcp;
	/* for a server's socket that TCP Fast Open created before its handshake was complete */
	struct request_sock *fastopen_rsk;
} CORE;

/* net/mptcp/protocol.h: an MPTCP socket and the TCP sockets that carry its data */

enum {
	IPPROTO_MPTCP = 262,
};

struct list_head {
	struct list_head *next;
} CORE;

struct mptcp_subflow_context {
	struct list_head node;
	struct sock *tcp_sock;
} CORE;

struct mptcp_sock {
	struct list_head conn_list;
} CORE;

/* include/linux/skbuff.h */

struct net_device {
	possible_net_t nd_net;
} CORE;

struct dst_entry {
	struct net_device *dev;
} CORE;

struct skb_shared_info {
	unsigned short gso_segs;
} CORE;

struct sk_buff {
	unsigned int len;
	struct sock *sk;
	struct net_device *dev;
	unsigned long _skb_refdst;
	__be16 protocol;
	__u16 network_header;
	__u16 transport_header;
	unsigned char *head;
	unsigned char *data;
	unsigned int tail;
	unsigned int end;
	__u64 skb_mstamp_ns;
	char cb[48];
} CORE;

/* include/net/tcp.h: stored in sk_buff.cb. Its flags grew to 16 bits in 6.15, so no offset in it is fixed. */

struct tcp_skb_cb {
	__u16 tcp_gso_segs;
} CORE;

/* include/linux/net.h, fs.h, fdtable.h, sched.h: from a process to its sockets */

enum {
	SOCKFS_MAGIC = 0x534f434b,
};

struct file;

struct socket {
	struct file *file;
	struct sock *sk;
} CORE;

struct super_block {
	unsigned long s_magic;
} CORE;

struct inode {
	struct super_block *i_sb;
} CORE;

struct file {
	void *private_data;
	struct inode *f_inode;
} CORE;

struct fdtable {
	struct file **fd;
} CORE;

struct files_struct {
	struct fdtable *fdt;
} CORE;

/* include/linux/sched.h: a kernel thread */
enum {
	PF_KTHREAD = 0x00200000,
};

struct task_struct {
	unsigned int flags;
	int tgid;
	struct task_struct *group_leader;
	char comm[16];
	struct files_struct *files;
} CORE;

/* net/ipv4/tcp_ipv4.c, kernel/bpf/task_iter.c: what iterators receive */

struct bpf_iter__tcp {
	struct sock_common *sk_common;
} CORE;

struct bpf_iter__task_file {
	struct task_struct *task;
	struct file *file;
} CORE;

/* include/trace/events/syscalls.h */

struct trace_event_raw_sys_exit {
	long ret;
} CORE;

/* include/trace/events/tcp.h: the records of the tracepoints as perf and SEC("tracepoint") see them */

struct trace_event_raw_tcp_event_sk_skb {
	const void *skbaddr;
	const void *skaddr;
} CORE;

/* No reason before 6.11, b533fb9cf4f7. */
enum sk_rst_reason {
	SK_RST_REASON_NOT_SPECIFIED = 0,
};

struct trace_event_raw_tcp_send_reset {
	enum sk_rst_reason reason;
} CORE;

/* include/trace/events/skb.h; no reason before 5.17, c504e5c2f964. The numbers are the running kernel's. */
enum skb_drop_reason {
	SKB_NOT_DROPPED_YET,
	SKB_DROP_REASON_NOT_SPECIFIED,
	SKB_DROP_REASON_TCP_OLD_DATA,
	SKB_DROP_REASON_TCP_OFOMERGE,
	SKB_DROP_REASON_TCP_OLD_SEQUENCE,
	SKB_DROP_REASON_TCP_INVALID_SEQUENCE,
	SKB_DROP_REASON_QUEUE_PURGE,
};

struct trace_event_raw_kfree_skb {
	enum skb_drop_reason reason;
	/* since 6.11, c53795d48ee8 */
	const void *rx_sk;
} CORE;

/* tcp_retransmit_skb has had its own record since 6.17, when `err` was added; before that it shared the one above. */
struct trace_event_raw_tcp_retransmit_skb {
	const void *skbaddr;
	const void *skaddr;
	int err;
} CORE;

#endif
