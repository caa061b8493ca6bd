/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What flow.bpf.c shares with user space. Every structure is read by name from the object's BTF. */
#ifndef FLOW_H
#define FLOW_H

/* Ports are in host byte order, and 0 where the protocol has none. Every byte is set: the key is hashed as bytes. */
struct flow_key {
	/* IPv6, or IPv4-mapped ::ffff:a.b.c.d */
	__u8 saddr[16];
	__u8 daddr[16];
	__u32 ifindex;
	__u16 sport;
	__u16 dport;
	/* IPPROTO_* of the upper layer: IPv6 extension headers have been walked */
	__u8 protocol;
	/* 4 or 6 */
	__u8 ip_version;
	/* enum flow_direction */
	__u8 direction;
	__u8 pad;
};

_Static_assert(sizeof(struct flow_key) == 44, "flow_key has no hidden padding");

enum flow_direction {
	FLOW_INGRESS = 0,
	FLOW_EGRESS = 1,
};

struct flow_value {
	/* skbs; with offloads one of them can stand for many segments */
	__u64 packets;
	/* sum of skb->len */
	__u64 bytes;
	/* sum of gso_segs, where 0 counts as 1 */
	__u64 segments;
	/* CLOCK_MONOTONIC in nanoseconds; last_seen may be up to a tick (1 to 10 ms) early, never before first_seen */
	__u64 first_seen;
	__u64 last_seen;
	/* 1 where the flag was seen; the index is its bit: FIN SYN RST PSH ACK URG ECE CWR */
	__u8 tcp_flags[8];
};

_Static_assert(sizeof(struct flow_value) == 48, "flow_value has no hidden padding");

struct flow_count {
	__u64 packets;
	__u64 bytes;
	__u64 segments;
};

/*
 * Since load. The flows of every epoch plus these three are all that the hooks saw.
 */
struct flow_counters {
	/* ARP, LLDP, ... */
	struct flow_count non_ip;
	/* said to be IP, but truncated, or with lengths that contradict each other */
	struct flow_count malformed;
	/* no room in the table */
	struct flow_count refused;
};

/* One byte a slot, 1 where a refused flow's hash fell: the share of zeros tells how many flows that were, about. */
#define FLOW_SKETCH_SLOTS 65536

struct flow_sketch {
	__u8 slots[FLOW_SKETCH_SLOTS];
};

#endif
