/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What retransmit.bpf.c shares with user space. Every structure is read by name from the object's BTF. */
#ifndef RETRANSMIT_H
#define RETRANSMIT_H

#include "connection.h"

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
	/* the part of `segments` that is SYNs of connections that we open */
	__u32 syns;
	/* the part of `events` that is tail loss probes */
	__u32 loss_probes;
	/* smoothed and minimum round-trip time as last seen, in microseconds; 0 before the first measurement */
	__u32 srtt_us;
	__u32 min_rtt_us;
	__u32 pad;
};

_Static_assert(sizeof(struct retransmit_value) == 72, "retransmit_value has no hidden padding");

/* Since load. The segments of every epoch plus `refused_segments` are all that was seen. */
struct retransmit_counters {
	/* no room in the table */
	__u64 refused_events;
	__u64 refused_segments;
	__u64 refused_bytes;
};

#endif
