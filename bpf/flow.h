/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What flow.bpf.c shares with user space. Every structure is read by name from the object's BTF. */
#ifndef FLOW_H
#define FLOW_H

enum flow_direction {
	FLOW_INGRESS = 0,
	FLOW_EGRESS = 1,
};

/* The encapsulation in which the key's addresses were found: the innermost one that was opened. */
enum flow_tunnel {
	FLOW_TUNNEL_NONE = 0,
	FLOW_TUNNEL_IPIP = 1,
	FLOW_TUNNEL_GRE = 2,
	FLOW_TUNNEL_VXLAN = 3,
	FLOW_TUNNEL_GENEVE = 4,
};

/* Set in addition to the 12 bits of the VLAN's number, which may be 0. */
#define FLOW_VLAN_PRESENT 0x1000

/* Numbers are in host byte order. Every byte is set: the key is hashed as bytes. */
struct flow_key {
	/* What the packet says, up to and including `orphan`: the same at every interface that it passes. */

	/* IPv6, or IPv4-mapped ::ffff:a.b.c.d */
	__u8 saddr[16];
	__u8 daddr[16];
	/* 0 if the protocol has none. For ICMP: the identifier of an echo, and type << 8 | code. */
	__u16 sport;
	__u16 dport;
	/* VXLAN's or Geneve's network identifier, GRE's key, otherwise 0 */
	__u32 tunnel_id;
	/* IPPROTO_* of the upper layer, behind any IPv6 extension headers */
	__u8 protocol;
	/* 4 or 6 */
	__u8 ip_version;
	/* enum flow_tunnel */
	__u8 tunnel;
	/* 1 for later fragments whose first fragment was not seen: their ports or ICMP type are unknown */
	__u8 orphan;

	/* Where the packet was seen. */

	__u32 ifindex;
	/* The two outermost 802.1Q or 802.1ad tags; 0 if there is none */
	__u16 vlans[2];
	/* which of the monitor's network namespaces: the program's `netns` */
	__u16 netns;
	/* enum flow_direction */
	__u8 direction;
	__u8 pad;
};

_Static_assert(sizeof(struct flow_key) == 56, "flow_key has no hidden padding");

enum flow_listener {
	FLOW_LISTENER_UNKNOWN = 0,
	FLOW_SOURCE_LISTENS = 1,
	FLOW_DESTINATION_LISTENS = 2,
};

/*
 * An ordinary packet changes the first two counters and at most a few bytes: what most packets have in common is stored
 * once, and only deviations from it are added up.
 */
struct flow_value {
	/* skbs; with offloads one skb can contain many segments */
	__u64 packets;
	/* sum of skb->len */
	__u64 bytes;
	/* sum of gso_segs - 1, where 0 counts as 1: segments = packets + this */
	__u64 extra_segments;
	/* headers that segmentation will repeat, or that GRO has removed: bytes on the wire = bytes + this */
	__u64 extra_headers;
	/* signed sum of each skb's link_bytes minus the first skb's: IP bytes = bytes - packets * link_bytes - this */
	__u64 extra_link_bytes;
	/* CLOCK_MONOTONIC in nanoseconds; last_seen may be up to a tick (1 to 10 ms) early, never before first_seen */
	__u64 first_seen;
	__u64 last_seen;
	/* SYNs without ACK, then SYNs with ACK */
	__u32 syns;
	__u32 synacks;
	__u32 fins;
	__u32 resets;
	/* packets that a router on the way has marked with ECN's Congestion Experienced */
	__u32 ce_marks;
	/* the part of the first skb's length that is not the IP packet: link header and padding */
	__u32 link_bytes;
	/* 1 if the flag was seen; the index is its bit: FIN SYN RST PSH ACK URG ECE CWR */
	__u8 tcp_flags[8];
	/* If two CPUs find a new extreme within a few nanoseconds of each other, one of them may be lost. */
	__u8 ttl_min;
	__u8 ttl_max;
	/* the latest DSCP */
	__u8 dscp;
	/* enum flow_listener, as of the flow's first packet */
	__u8 listener;
	__u32 pad;
};

_Static_assert(sizeof(struct flow_value) == 96, "flow_value has no hidden padding");

struct flow_interface_key {
	__u32 ifindex;
	__u16 netns;
	/* enum flow_direction */
	__u16 direction;
};

struct flow_count {
	__u64 packets;
	__u64 bytes;
	__u64 segments;
};

/* Counted since load. These counters plus the flows of every epoch are all that the hooks saw. */
struct flow_counters {
	/* ARP, LLDP, ... */
	struct flow_count non_ip;
	/* claims to be IP, but is truncated or has inconsistent lengths */
	struct flow_count malformed;
	/* no room in the table */
	struct flow_count refused;
	/* not selected by the filter */
	struct flow_count filtered;
	/* skipped by sampling */
	struct flow_count unsampled;
};

/*
 * One byte per slot, 1 if a refused flow's hash fell there: the share of zeros gives an estimate of how many flows were
 * refused.
 */
#define FLOW_SKETCH_SLOTS 65536

struct flow_sketch {
	__u8 slots[FLOW_SKETCH_SLOTS];
};

/*
 * What a filter says about an address or a port, one bit each. The first three must hold if requested
 * (filter_addresses, filter_ports), and none of the others may hold.
 */
enum flow_filter {
	FLOW_FILTER_EITHER = 1,
	FLOW_FILTER_SOURCE = 2,
	FLOW_FILTER_DESTINATION = 4,
	FLOW_FILTER_NOT_EITHER = 8,
	FLOW_FILTER_NOT_SOURCE = 16,
	FLOW_FILTER_NOT_DESTINATION = 32,
};

struct flow_filter_address {
	/* number of bits used of the 128 below */
	__u32 prefixlen;
	__u8 address[16];
};

/* enum flow_filter by port number */
struct flow_filter_ports {
	__u8 bits[65536];
};

#endif
