/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The tables of connections, and how a retransmission is added to them. */
#ifndef RETRANSMIT_TABLE_H
#define RETRANSMIT_TABLE_H

#include "kernel_tcp.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "connection_key.h"
#include "epoch.h"
#include "retransmit.h"

EPOCH_TABLES(retransmit, struct connection_key, struct retransmit_value, 16384);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct retransmit_counters);
} retransmit_counters SEC(".maps");

/* A socket's counters, or their growth. */
struct retransmit_progress {
	__u64 bytes;
	__u32 segments;
	__u32 kind;
};

static __always_inline struct retransmit_counters *retransmit_counters_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&retransmit_counters, &zero);
}

/* Each SYN-ACK is an skb of its own. */
static __always_inline __u64 events_of(const struct retransmit_progress *grown)
{
	return grown->kind == RETRANSMIT_SYNACK ? grown->segments : 1;
}

static __always_inline void count_refused(const struct retransmit_progress *grown)
{
	struct retransmit_counters *to = retransmit_counters_here();

	if (!to)
		return;
	__sync_fetch_and_add(&to->refused_events, events_of(grown));
	__sync_fetch_and_add(&to->refused_segments, grown->segments);
	__sync_fetch_and_add(&to->refused_bytes, grown->bytes);
}

/* `sk` is null if there is only a request. */
static __noinline int record_retransmit(const struct sock_common *common, __u16 sport,
					const struct retransmit_progress *grown, const struct sock *sk)
{
	struct retransmit_value *value = 0, first = {};
	struct connection_key key;
	void *table;

	set_key(&key, common, sport);
	table = epoch_of(&retransmit_epochs);
	if (table)
		value = bpf_map_lookup_elem(table, &key);
	if (table && !value) {
		first.first_seen = bpf_ktime_get_ns();
		value = add_entry(table, &key, &first);
	}
	if (!value) {
		count_refused(grown);
		return 0;
	}
	__sync_fetch_and_add(&value->events, events_of(grown));
	__sync_fetch_and_add(&value->segments, grown->segments);
	__sync_fetch_and_add(&value->bytes, grown->bytes);
	if (grown->kind == RETRANSMIT_SYNACK)
		__sync_fetch_and_add(&value->synacks, grown->segments);
	else if (grown->kind == RETRANSMIT_LOSS_PROBE)
		__sync_fetch_and_add(&value->loss_probes, 1);
	else if (grown->kind == RETRANSMIT_SYN)
		__sync_fetch_and_add(&value->syns, grown->segments);
	value->last_seen = bpf_ktime_get_ns();
	value->state = BPF_CORE_READ(common, skc_state);
	if (sk) {
		value->srtt_us = smoothed_rtt(sk);
		value->min_rtt_us = minimum_rtt(sk);
	}
	return 0;
}

#endif
