/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What a reported retransmission counts as: the growth of the socket's own counters since the last report. */
#ifndef RETRANSMIT_ACCOUNT_H
#define RETRANSMIT_ACCOUNT_H

#include "retransmit_table.h"

/*
 * What has been counted for each socket, by its address. Sockets are removed when they close. If that is missed, the
 * next socket at the address overwrites the entry, or the LRU map evicts it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, const struct sock *);
	__type(value, struct retransmit_progress);
} retransmit_sockets SEC(".maps");

static __always_inline struct retransmit_progress retransmit_progress_of(const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	struct retransmit_progress now = {
		.bytes = BPF_CORE_READ(tp, bytes_retrans),
		.segments = BPF_CORE_READ(tp, total_retrans),
	};

	return now;
}

/* Counts what the socket has retransmitted since last time, or `reported` if this is the first time. */
static __always_inline int account(const struct sock *sk, struct retransmit_progress reported)
{
	struct retransmit_progress now = retransmit_progress_of(sk),
				   *last = bpf_map_lookup_elem(&retransmit_sockets, &sk);

	/* The counters never fall: if they seem to, `last` belonged to another socket. total_retrans may wrap. */
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
	return record_retransmit(&sk->__sk_common, local_port(sk), &reported, sk);
}

/*
 * By connection: SYN-ACKs that were reported. After reporting each one, the kernel counts it in the request, and so in
 * the socket that is created from the request (tcp_create_openreq_child). If the socket has more, some went unreported.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct connection_key);
	__type(value, __u32);
} retransmit_requests SEC(".maps");

static __always_inline void note_synack(const struct request_sock *request)
{
	struct connection_key key;
	__u32 *reported, one = 1;

	set_key(&key, &request->__req_common, BPF_CORE_READ(request, __req_common.skc_num));
	reported = bpf_map_lookup_elem(&retransmit_requests, &key);
	if (reported)
		__sync_fetch_and_add(reported, 1);
	else
		bpf_map_update_elem(&retransmit_requests, &key, &one, BPF_ANY);
}

/* For a connection that the peer opened, when it begins. `has_sent` is the count that the socket inherits. */
static __always_inline int make_up_for_synacks(const struct sock *sk, __u32 has_sent)
{
	struct retransmit_progress missed = { .segments = has_sent, .kind = RETRANSMIT_SYNACK };
	struct connection_key key;
	__u32 *reported;

	set_key(&key, &sk->__sk_common, local_port(sk));
	reported = bpf_map_lookup_elem(&retransmit_requests, &key);
	if (reported) {
		missed.segments -= *reported;
		bpf_map_delete_elem(&retransmit_requests, &key);
	}
	/* The kernel's count may miss one of two that are sent at the same time. */
	return (__s32)missed.segments > 0 ? record_retransmit(&sk->__sk_common, key.sport, &missed, sk) : 0;
}

#endif
