/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What socket.bpf.c shares with user space. Every structure is read by name from the object's BTF. */
#ifndef SOCKET_H
#define SOCKET_H

#include "connection.h"

/* The growth of a socket's own counters. */
struct socket_growth {
	/*
	 * TCP payload sent, retransmissions included; then the bytes that the peer has acknowledged, SYN and FIN
	 * included
	 */
	__u64 bytes_sent;
	__u64 bytes_acked;
	__u64 bytes_received;
	/* segments with and without payload, retransmissions included */
	__u64 segments_sent;
	__u64 segments_received;
	/* segments with payload */
	__u64 data_segments_sent;
};

enum socket_opener {
	OPENER_UNKNOWN,
	OPENER_LOCAL,
	OPENER_REMOTE,
};

/* Whose a socket is, and when its state changed. Times are bpf_ktime_get_ns: CLOCK_MONOTONIC; unknown values are 0. */
struct socket_facts {
	__u64 opened;
	__u64 established;
	__u64 closed;
	/* id of the owner's cgroup v2, which is the inode number of its directory */
	__u64 cgroup;
	__u32 pid;
	char comm[16];
	/* enum socket_opener */
	__u8 opener;
	/* TCP_*: the state in which it was closed */
	__u8 closed_from;
	__u8 pad[2];
};

_Static_assert(sizeof(struct socket_facts) == 56, "socket_facts has no hidden padding");

/* A connection in one interval; if its tuple was reused, the facts of the last connection. */
struct socket_value {
	struct socket_growth grown;
	struct socket_facts facts;
	__u64 last_seen;
	/*
	 * how many were opened, were established, were closed, and were closed in ESTABLISHED or CLOSE_WAIT:
	 * Tcp:EstabResets
	 */
	__u32 opened_locally;
	__u32 opened_remotely;
	__u32 established;
	__u32 closed;
	__u32 aborted;
	/* TCP_* as last seen */
	__u32 state;
	__u32 srtt_us;
	__u32 min_rtt_us;
};

_Static_assert(sizeof(struct socket_value) == 144, "socket_value has no hidden padding");

/* The value of a reason if the kernel has none. */
enum { NO_REASON = 0xffffffff };

enum incident_kind {
	INCIDENT_DROP,
	INCIDENT_RESET_SENT,
	INCIDENT_RESET_RECEIVED,
};

/* For a reset, `connection` has the local end first; for a drop, the packet's source. */
struct incident_key {
	struct connection_key connection;
	/* enum skb_drop_reason or sk_rst_reason, or NO_REASON */
	__u32 reason;
	/* enum incident_kind */
	__u8 kind;
	/* IPPROTO_* */
	__u8 protocol;
	__u8 pad[2];
};

_Static_assert(sizeof(struct incident_key) == 56, "incident_key has no hidden padding");

struct incident_value {
	/* skbs for a drop, otherwise resets */
	__u64 events;
	/* for a drop: segments as on the wire, and bytes from the network header on */
	__u64 segments;
	__u64 bytes;
	__u64 first_seen;
	__u64 last_seen;
};

enum socket_event_type {
	EVENT_OPENED,
	EVENT_ESTABLISHED,
	EVENT_CLOSED,
	EVENT_RETRANSMITTED,
	EVENT_RESET_SENT,
	EVENT_RESET_RECEIVED,
	EVENT_DROPPED,
};

struct socket_event {
	__u64 time;
	/* for a connection: what is known about it so far */
	struct socket_facts facts;
	struct connection_key connection;
	/* enum socket_event_type */
	__u32 type;
	/* as in incident_key */
	__u32 reason;
	/* for a retransmission or a drop */
	__u32 segments;
	__u32 bytes;
	__u32 srtt_us;
	__u32 min_rtt_us;
	/* TCP_* */
	__u8 state;
	__u8 protocol;
	/* enum retransmit_kind */
	__u8 kind;
	__u8 pad[5];
};

_Static_assert(sizeof(struct socket_event) == 144, "socket_event has no hidden padding");

/* Counted since load. */
struct socket_counters {
	/* connections, and updates of connections, that had no room in a table */
	__u64 refused_sockets;
	struct socket_growth refused;
	/* resets and dropped skbs that had no room in a table */
	__u64 refused_incidents;
	/* no room in the ring buffer */
	__u64 lost_events;
	/* dropped skbs whose addresses could not be read */
	__u64 unreadable_drops;
	/*
	 * TCP skbs that the kernel freed as if dropped although nothing was lost; they do not count as drops
	 * (socket_loss.h)
	 */
	__u64 discarded;
};

#endif
