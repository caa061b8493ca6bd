/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What retransmit.bpf.c shares with user space. Every structure is read by name from the object's BTF. */
#ifndef RETRANSMIT_H
#define RETRANSMIT_H

/* `saddr` and `sport` are the local end. Ports are in host byte order. Every byte is set: it is hashed as bytes. */
struct retransmit_key {
	/* IPv6, or IPv4-mapped ::ffff:a.b.c.d */
	__u8 saddr[16];
	__u8 daddr[16];
	/* inode number of the socket's network namespace */
	__u32 netns;
	__u16 sport;
	__u16 dport;
	/* 4 also for an AF_INET6 socket that talks IPv4 */
	__u8 ip_version;
	__u8 pad[3];
};

_Static_assert(sizeof(struct retransmit_key) == 44, "retransmit_key has no hidden padding");

struct retransmit_value {
	/* skbs sent again, SYN-ACKs included; retransmissions found out late count as one */
	__u64 events;
	/* what Tcp:RetransSegs counts of them */
	__u64 segments;
	/* their TCP payload */
	__u64 bytes;
	/* the part of `events` that is SYN-ACKs */
	__u64 synacks;
	/* bpf_ktime_get_ns: CLOCK_MONOTONIC */
	__u64 first_seen;
	__u64 last_seen;
	/* TCP_* as last seen; 12, TCP_NEW_SYN_RECV, for a request that is not yet a socket */
	__u32 state;
	__u32 pad;
};

_Static_assert(sizeof(struct retransmit_value) == 56, "retransmit_value has no hidden padding");

/* Since load. The segments of every epoch plus `refused_segments` are all that was seen. */
struct retransmit_counters {
	/* no room in the table */
	__u64 refused_events;
	__u64 refused_segments;
	__u64 refused_bytes;
};

#endif
