/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What is known of each living socket, and carrying what its own counters have grown by into the table.
 *
 * A socket's hooks run one after the other, under its lock. The walks' programs may run beside them: that of open files has no
 * lock, that of sockets has none from 5.15 to 6.4. So whoever counts a socket claims it first. A hook that finds it claimed
 * leaves the socket's counters and its name behind (socket_left), since both may be gone a moment later: a socket that
 * disconnects sets them to 0. Whoever has the claim looks again when it gives it back.
 */
#ifndef SOCKET_LIFE_H
#define SOCKET_LIFE_H

#include "connection_key.h"
#include "socket_maps.h"
#include "socket_owner.h"

/* A socket's counters, as they were when they were last counted. */
struct socket_progress {
	__u64 bytes_sent;
	__u64 bytes_acked;
	__u64 bytes_received;
	__u32 segments_sent;
	__u32 segments_received;
	__u32 data_segments_sent;
	__u32 pad;
};

/* What has happened, each but once in a life, and is not in the table yet. */
struct socket_news {
	__u8 opened;
	__u8 established;
	__u8 closed;
	/* The process that has accepted it became known: enough for a row. */
	__u8 accepted;
	/* It is another process's now, or the process has another name: a row that is there is brought up to date. */
	__u8 owned;
	__u8 pad[3];
};

struct socket_life {
	struct socket_progress counted;
	struct socket_facts facts;
	struct socket_news news;
	/* The latest `number` of socket_left that is counted. */
	__u32 taken;
	/* The walk of open files that found the socket last, and whose it was before. */
	__u32 walk;
	__u32 owner_before;
	/* No hook will be called with it any more. */
	__u8 ended;
	/* It was an open file when it was closed: the next close is the process's. */
	__u8 was_open_file;
	__u8 pad[2];
};

/* What entries begin as. Not on the stack, of which 5.10 gives 512 bytes to a program and all that it calls. */
static const struct socket_life no_life;
static const struct socket_value no_value;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, const struct sock *);
	__type(value, struct socket_life);
} sockets SEC(".maps");

/* A claim lasts as long as a program runs, so there are as many as CPUs, and a few that interrupt each other. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, const struct sock *);
	__type(value, __u8);
} socket_claims SEC(".maps");

/* What a hook that found its socket claimed has left to be counted. */
struct socket_left {
	struct socket_progress progress;
	struct connection_key key;
	/* another for each time; never 0 */
	__u32 number;
};

/* LRU: what is left is taken at once, and the entry stays until the socket goes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, const struct sock *);
	__type(value, struct socket_left);
} socket_left SEC(".maps");

static __always_inline struct socket_progress progress_of(const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	struct socket_progress now = {
		.bytes_sent = BPF_CORE_READ(tp, bytes_sent),
		.bytes_acked = BPF_CORE_READ(tp, bytes_acked),
		.bytes_received = BPF_CORE_READ(tp, bytes_received),
		.segments_sent = BPF_CORE_READ(tp, segs_out),
		.segments_received = BPF_CORE_READ(tp, segs_in),
		.data_segments_sent = BPF_CORE_READ(tp, data_segs_out),
	};

	return now;
}

/* What has fallen was set to 0 since: a socket that disconnects begins anew (tcp_disconnect). */
static __always_inline __u64 byte_growth(__u64 from, __u64 to)
{
	return to < from ? to : to - from;
}

/* These may wrap. */
static __always_inline __u64 segment_growth(__u32 from, __u32 to)
{
	return (__s32)(to - from) < 0 ? to : to - from;
}

static __always_inline struct socket_growth growth(const struct socket_progress *from, const struct socket_progress *to)
{
	struct socket_growth grown = {
		.bytes_sent = byte_growth(from->bytes_sent, to->bytes_sent),
		.bytes_acked = byte_growth(from->bytes_acked, to->bytes_acked),
		.bytes_received = byte_growth(from->bytes_received, to->bytes_received),
		.segments_sent = segment_growth(from->segments_sent, to->segments_sent),
		.segments_received = segment_growth(from->segments_received, to->segments_received),
		.data_segments_sent = segment_growth(from->data_segments_sent, to->data_segments_sent),
	};

	return grown;
}

static __always_inline void add_growth(struct socket_growth *to, const struct socket_growth *grown)
{
	__sync_fetch_and_add(&to->bytes_sent, grown->bytes_sent);
	__sync_fetch_and_add(&to->bytes_acked, grown->bytes_acked);
	__sync_fetch_and_add(&to->bytes_received, grown->bytes_received);
	__sync_fetch_and_add(&to->segments_sent, grown->segments_sent);
	__sync_fetch_and_add(&to->segments_received, grown->segments_received);
	__sync_fetch_and_add(&to->data_segments_sent, grown->data_segments_sent);
}

static __noinline int record_refused(const struct socket_growth *grown)
{
	struct socket_counters *to = counters();

	if (!to)
		return 0;
	__sync_fetch_and_add(&to->refused_sockets, 1);
	if (grown)
		add_growth(&to->refused, grown);
	return 0;
}

/* Where it is reported to change, the socket still has its old state. */
static __always_inline __u32 state_of(const struct sock *sk, const struct socket_facts *facts)
{
	if (facts->closed)
		return TCP_CLOSE;
	return facts->established && is_opening(sk) ? TCP_ESTABLISHED : BPF_CORE_READ(sk, __sk_common.skc_state);
}

static __always_inline void record(const struct sock *sk, const struct connection_key *key,
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
 * Two CPUs that have the end of a handshake at once make two sockets of it, and close one (inet_ehash_nolisten). Nothing
 * becomes of it, but Tcp:PassiveOpens has counted both.
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

static __always_inline void count_claimed(const struct sock *sk, struct socket_life *life)
{
	struct socket_progress now = progress_of(sk);
	const struct socket_left *left = bpf_map_lookup_elem(&socket_left, &sk);
	struct socket_news news = life->news;
	struct socket_growth grown;
	struct connection_key key;
	bool is_new;

	set_key(&key, &sk->__sk_common, local_port(sk));
	/* What was read before may be of a socket that has disconnected since. */
	if (left && left->number != life->taken) {
		life->taken = left->number;
		barrier();
		now = left->progress;
		key = left->key;
	}
	grown = growth(&life->counted, &now);
	life->counted = now;
	/* Not until its SYN is sent, which may never be. */
	if (life->facts.opener == OPENER_LOCAL && !grown.segments_sent)
		news.opened = 0;
	is_new = grown.segments_sent || grown.segments_received || news.opened || news.established || news.closed ||
		 news.accepted;
	if (!is_new && !news.owned)
		return;
	/* A hook may add to them meanwhile: only what was read is taken away. */
	if (news.opened)
		life->news.opened = 0;
	if (news.established)
		life->news.established = 0;
	if (news.closed)
		life->news.closed = 0;
	if (news.accepted)
		life->news.accepted = 0;
	if (news.owned)
		life->news.owned = 0;
	record(sk, &key, life, &news, &grown, is_new);
}

static const struct socket_left nothing_left;

/* For whoever has the claim, who looks for this after the counters. Written in place: 5.10 has no stack for it. */
static __noinline int leave(const struct sock *sk)
{
	struct socket_left *left;

	bpf_map_update_elem(&socket_left, &sk, &nothing_left, BPF_NOEXIST);
	left = bpf_map_lookup_elem(&socket_left, &sk);
	if (!left)
		return 0;
	left->progress = progress_of(sk);
	set_key(&left->key, &sk->__sk_common, local_port(sk));
	barrier();
	*(volatile __u32 *)&left->number = (__u32)bpf_ktime_get_ns() | 1;
	return 0;
}

static __always_inline bool is_left(const struct sock *sk, const struct socket_life *life)
{
	const struct socket_left *left = bpf_map_lookup_elem(&socket_left, &sk);

	return left && left->number != life->taken;
}

static __always_inline void forget(const struct sock *sk)
{
	bpf_map_delete_elem(&sockets, &sk);
	bpf_map_delete_elem(&socket_left, &sk);
}

/* As count_socket, of a socket that this program has claimed. */
__noinline int count_claimed_socket(__u64 address)
{
	const struct sock *sk = (const struct sock *)address;
	struct socket_life *life = bpf_map_lookup_elem(&sockets, &sk);

	if (!life)
		return 0;
	count_claimed(sk, life);
	if (life->ended)
		forget(sk);
	return 0;
}

/*
 * Carries what has happened since last time into the table, and lets go of a socket that has ended. This and the function
 * before are global ones, which the verifier verifies once, not at each call. Linux 5.10 takes numbers as their arguments, no
 * pointers.
 */
__noinline int count_socket(__u64 address)
{
	const struct sock *sk = (const struct sock *)address;
	struct socket_life *life;
	bool has_left = false;
	__u8 one = 1;
	int tries, error;

	for (tries = 0; tries < 4; tries++) {
		/* Any other failure is no claim of somebody else. */
		error = bpf_map_update_elem(&socket_claims, &sk, &one, BPF_NOEXIST);
		if (error == -EEXIST && has_left)
			return 0;
		if (error == -EEXIST) {
			/* The claim may have been given back before: then the next try has it. */
			leave(sk);
			has_left = true;
			continue;
		}
		count_claimed_socket(address);
		bpf_map_delete_elem(&socket_claims, &sk);
		/* A hook that found it claimed has left it to us. */
		life = bpf_map_lookup_elem(&sockets, &sk);
		if (!life || (!life->news.closed && !life->ended && !is_left(sk, life)))
			return 0;
	}
	return 0;
}

static __always_inline int count(const struct sock *sk)
{
	return count_socket((__u64)sk);
}

static __always_inline __u64 cgroup_of(const struct sock *sk)
{
	/* Until 5.16 a word that is a cgroup's address unless its lowest bit is set; the one above is no part of it either. */
	if (bpf_core_field_exists(sk->sk_cgrp_data.val)) {
		__u64 word = BPF_CORE_READ(sk, sk_cgrp_data.val);

		return word & 1 ? 0 : BPF_CORE_READ((const struct cgroup *)(word & ~3ULL), kn, id);
	}
	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
	return 0;
}

/* A new entry, in place of what a socket at the same address may have left; null when there is no room. */
static __always_inline struct socket_life *begin(const struct sock *sk, __u8 opener)
{
	struct socket_life *life = 0;

	bpf_map_delete_elem(&socket_left, &sk);
	if (!bpf_map_update_elem(&sockets, &sk, &no_life, BPF_ANY))
		life = bpf_map_lookup_elem(&sockets, &sk);
	if (!life) {
		record_refused(0);
		return 0;
	}
	life->facts.opener = opener;
	life->facts.cgroup = cgroup_of(sk);
	if (opener == OPENER_UNKNOWN)
		return life;
	life->facts.opened = bpf_ktime_get_ns();
	life->news.opened = 1;
	return life;
}

#endif
