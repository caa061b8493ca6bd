/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The tables of connections, and adding a retransmission to them. */
#ifndef RETRANSMIT_TABLE_H
#define RETRANSMIT_TABLE_H

#include "kernel_tcp.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "retransmit.h"

struct retransmit_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct retransmit_key);
	__type(value, struct retransmit_value);
};

struct retransmit_table retransmit_table_a SEC(".maps");
struct retransmit_table retransmit_table_b SEC(".maps");

/* Swapped each interval, as in flow.bpf.c. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct retransmit_table);
} retransmit_epochs SEC(".maps") = { .values = { &retransmit_table_a } };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct retransmit_counters);
} retransmit_counters SEC(".maps");

/* A socket's counters, or how far they have grown. */
struct progress {
	__u64 bytes;
	__u32 segments;
	__u32 pad;
};

static __always_inline struct retransmit_counters *counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&retransmit_counters, &zero);
}

/* Sockets and request sockets begin alike. A dual-stack socket that talks IPv4 has mapped addresses already. */
static __always_inline void set_key(struct retransmit_key *key, const struct sock_common *common, __u16 sport)
{
	__be32 *source = (__be32 *)key->saddr, *destination = (__be32 *)key->daddr;

	__builtin_memset(key, 0, sizeof(*key));
	key->netns = BPF_CORE_READ(common, skc_net.net, ns.inum);
	key->sport = sport;
	key->dport = bpf_ntohs(BPF_CORE_READ(common, skc_dport));
	if (BPF_CORE_READ(common, skc_family) == AF_INET6 && bpf_core_field_exists(common->skc_v6_daddr)) {
		bpf_core_read(key->saddr, sizeof(key->saddr), &common->skc_v6_rcv_saddr);
		bpf_core_read(key->daddr, sizeof(key->daddr), &common->skc_v6_daddr);
	} else {
		source[2] = destination[2] = bpf_htonl(0xffff);
		source[3] = BPF_CORE_READ(common, skc_rcv_saddr);
		destination[3] = BPF_CORE_READ(common, skc_daddr);
	}
	if (!destination[0] && !destination[1] && destination[2] == bpf_htonl(0xffff))
		key->ip_version = 4;
	else
		key->ip_version = 6;
}

static __always_inline void count_refused(const struct progress *grown)
{
	struct retransmit_counters *to = counters();

	if (!to)
		return;
	__sync_fetch_and_add(&to->refused_events, 1);
	__sync_fetch_and_add(&to->refused_segments, grown->segments);
	__sync_fetch_and_add(&to->refused_bytes, grown->bytes);
}

static __noinline int record(const struct sock_common *common, __u16 sport, const struct progress *grown, bool synack)
{
	struct retransmit_value *value, first = {};
	struct retransmit_key key;
	__u32 zero = 0;
	void *table;
	long error;

	set_key(&key, common, sport);
	table = bpf_map_lookup_elem(&retransmit_epochs, &zero);
	if (!table) {
		count_refused(grown);
		return 0;
	}
	value = bpf_map_lookup_elem(table, &key);
	if (!value) {
		first.first_seen = bpf_ktime_get_ns();
		error = bpf_map_update_elem(table, &key, &first, BPF_NOEXIST);
		/* -EEXIST: another CPU was faster, which is as good. */
		value = error && error != -EEXIST ? 0 : bpf_map_lookup_elem(table, &key);
	}
	if (!value) {
		count_refused(grown);
		return 0;
	}
	__sync_fetch_and_add(&value->events, 1);
	__sync_fetch_and_add(&value->segments, grown->segments);
	__sync_fetch_and_add(&value->bytes, grown->bytes);
	if (synack)
		__sync_fetch_and_add(&value->synacks, 1);
	value->last_seen = bpf_ktime_get_ns();
	value->state = BPF_CORE_READ(common, skc_state);
	return 0;
}

#endif
