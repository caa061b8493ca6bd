/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What identifies a TCP connection, in the kernel and in user space. */
#ifndef CONNECTION_H
#define CONNECTION_H

/* `saddr` and `sport` are the local end. Ports are in host byte order. Every byte is set: it is hashed as bytes. */
struct connection_key {
	/* IPv6, or IPv4-mapped ::ffff:a.b.c.d */
	__u8 saddr[16];
	__u8 daddr[16];
	/* inode number of the socket's network namespace */
	__u32 netns;
	/* the interface or VRF that the socket is bound to, because others may use the same addresses; 0 for none */
	__u32 ifindex;
	__u16 sport;
	__u16 dport;
	/* 4 also for an AF_INET6 socket that uses IPv4 */
	__u8 ip_version;
	__u8 pad[3];
};

_Static_assert(sizeof(struct connection_key) == 48, "connection_key has no hidden padding");

/* The kinds of retransmission. */
enum retransmit_kind {
	RETRANSMIT_DATA,
	RETRANSMIT_SYN,
	RETRANSMIT_SYNACK,
	RETRANSMIT_LOSS_PROBE,
};

#endif
