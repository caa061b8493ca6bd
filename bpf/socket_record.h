/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Writes to the epoch's table: what a connection has sent and received since last time, and its changes of state. */
#ifndef SOCKET_RECORD_H
#define SOCKET_RECORD_H

#include "socket_life.h"

/* The initial entry. */
static const struct socket_value no_value;

static __noinline int record_refused(const struct socket_growth *grown)
{
	struct socket_counters *to = socket_counters_here();

	if (!to)
		return 0;
	__sync_fetch_and_add(&to->refused_sockets, 1);
	if (grown)
		add_growth(&to->refused, grown);
	return 0;
}

/* When a change of state is reported, the socket still has its old state. */
static __always_inline __u32 state_of(const struct sock *sk, const struct socket_facts *facts)
{
	if (facts->closed)
		return TCP_CLOSE;
	return facts->established && is_opening(sk) ? TCP_ESTABLISHED : BPF_CORE_READ(sk, __sk_common.skc_state);
}

static __always_inline void record_socket(const struct sock *sk, const struct connection_key *key,
					  const struct socket_life *life, const struct socket_news *news,
					  const struct socket_growth *grown, bool is_new)
{
	const struct socket_facts *facts = &life->facts;
	struct socket_value *value = 0;
	void *table;

	table = epoch_of(&socket_epochs);
	if (table)
		value = is_new ? entry_of(table, key, &no_value) : bpf_map_lookup_elem(table, key);
	if (!value) {
		if (is_new)
			record_refused(grown);
		return;
	}
	add_growth(&value->grown, grown);
	if (news->opened && facts->opener == OPENER_LOCAL)
		__sync_fetch_and_add(&value->opened_locally, 1);
	if (news->opened && facts->opener == OPENER_REMOTE)
		__sync_fetch_and_add(&value->opened_remotely, 1);
	if (news->established)
		__sync_fetch_and_add(&value->established, 1);
	if (news->closed)
		__sync_fetch_and_add(&value->closed, 1);
	if (news->closed && (facts->closed_from == TCP_ESTABLISHED || facts->closed_from == TCP_CLOSE_WAIT))
		__sync_fetch_and_add(&value->aborted, 1);
	copy_facts(&value->facts, facts);
	if (!is_new)
		return;
	value->last_seen = bpf_ktime_get_ns();
	value->state = state_of(sk, facts);
	value->srtt_us = smoothed_rtt(sk);
	value->min_rtt_us = minimum_rtt(sk);
}

/*
 * Two CPUs that process the end of a handshake at the same time create two sockets for it, and close one of them
 * (inet_ehash_nolisten). That one is never used, but Tcp:PassiveOpens has counted both.
 */
static __noinline int count_superfluous(const struct sock *sk)
{
	struct socket_value *value;
	struct connection_key key;
	void *table;

	set_key(&key, &sk->__sk_common, local_port(sk));
	table = epoch_of(&socket_epochs);
	value = table ? entry_of(table, &key, &no_value) : 0;
	if (!value)
		return record_refused(0);
	__sync_fetch_and_add(&value->opened_remotely, 1);
	if (!value->last_seen) {
		value->facts.opener = OPENER_REMOTE;
		value->last_seen = bpf_ktime_get_ns();
		value->state = TCP_CLOSE;
	}
	return 0;
}

#endif
