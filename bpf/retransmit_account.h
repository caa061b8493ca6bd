/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What a report of a retransmission amounts to: how far the socket's own counters have grown since the last one. */
#ifndef RETRANSMIT_ACCOUNT_H
#define RETRANSMIT_ACCOUNT_H

#include "retransmit_table.h"

/*
 * By address of the socket: what has been counted of it. Sockets are removed as they close; should that be missed, the
 * next socket at the address overwrites, or the map, being LRU, forgets.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, const struct sock *);
	__type(value, struct progress);
} retransmit_sockets SEC(".maps");

static __always_inline struct progress progress_of(const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	struct progress now = {
		.bytes = BPF_CORE_READ(tp, bytes_retrans),
		.segments = BPF_CORE_READ(tp, total_retrans),
	};

	return now;
}

/* Counts what the socket has retransmitted since last time, or, if there was none, what is `reported`. */
static __always_inline int account(const struct sock *sk, struct progress reported)
{
	struct progress now = progress_of(sk), *last = bpf_map_lookup_elem(&retransmit_sockets, &sk);

	/* The counters never fall: if they seem to, `last` was another socket's. total_retrans may wrap. */
	if (last && (__s32)(now.segments - last->segments) >= 0 && now.bytes >= last->bytes) {
		reported.segments = now.segments - last->segments;
		reported.bytes = now.bytes - last->bytes;
		*last = now;
	} else {
		bpf_map_update_elem(&retransmit_sockets, &sk, &now, BPF_ANY);
	}
	if (!reported.segments)
		return 0;
	if (reported.kind == RETRANSMIT_DATA && is_opening(sk))
		reported.kind = RETRANSMIT_SYN;
	return record(&sk->__sk_common, local_port(sk), &reported, sk);
}

#endif
