/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What retransmit.bpf.c shares with user space. Every structure is read by name from the object's BTF. */
#ifndef RETRANSMIT_H
#define RETRANSMIT_H

#include "connection.h"

struct retransmit_value {
	/* retransmitted skbs, SYN-ACKs included; retransmissions that are noticed late count as one */
	__u64 events;
	/* the segments that Tcp:RetransSegs counts for them */
	__u64 segments;
	/* their TCP payload */
	__u64 bytes;
	/* SYN-ACKs, as part of `events` */
	__u64 synacks;
	/* bpf_ktime_get_ns: CLOCK_MONOTONIC */
	__u64 first_seen;
	__u64 last_seen;
	/* TCP_* as last seen; 12, TCP_NEW_SYN_RECV, for a request that is not yet a socket */
	__u32 state;
	/* SYNs of connections that we open, as part of `segments` */
	__u32 syns;
	/* tail loss probes, as part of `events` */
	__u32 loss_probes;
	/* smoothed and minimum round-trip time as last seen, in microseconds; 0 before the first measurement */
	__u32 srtt_us;
	__u32 min_rtt_us;
	__u32 pad;
};

_Static_assert(sizeof(struct retransmit_value) == 72, "retransmit_value has no hidden padding");

/* Counted since load. The segments of every epoch plus `refused_segments` are all that was seen. */
struct retransmit_counters {
	/* no room in the table */
	__u64 refused_events;
	__u64 refused_segments;
	__u64 refused_bytes;
};

#endif
