/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What is known about each living socket. */
#ifndef SOCKET_LIFE_H
#define SOCKET_LIFE_H

#include "connection_key.h"
#include "socket_maps.h"
#include "socket_owner.h"
#include "socket_progress.h"

/* What has happened and is not in the table yet. Each of these happens only once in a socket's life. */
struct socket_news {
	__u8 opened;
	__u8 established;
	__u8 closed;
	/* The process that accepted it became known: enough to make a row. */
	__u8 accepted;
	/* It has another owner now, or its owner has another name: an existing row is updated. */
	__u8 owned;
	__u8 pad[3];
};

struct socket_life {
	struct socket_progress counted;
	struct socket_facts facts;
	struct socket_news news;
	/* The latest `number` of socket_left that was counted. */
	__u32 taken;
	/* The last walk over open files that found the socket, and whose it was before. */
	__u32 walk;
	__u32 owner_before;
	/* No hook will be called with it any more. */
	__u8 ended;
	/* It was still an open file when the connection was closed: the next close comes from its process. */
	__u8 was_open_file;
	__u8 pad[2];
};

/* The initial entry. It is not on the stack: 5.10 gives a program and everything that it calls 512 bytes. */
static const struct socket_life no_life;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, const struct sock *);
	__type(value, struct socket_life);
} sockets SEC(".maps");

static __always_inline __u64 cgroup_of(const struct sock *sk)
{
	/*
	 * Before 5.16, a word that is a cgroup's address unless its lowest bit is set; the bit above is not part of the
	 * address either.
	 */
	if (bpf_core_field_exists(sk->sk_cgrp_data.val)) {
		__u64 word = BPF_CORE_READ(sk, sk_cgrp_data.val);

		return word & 1 ? 0 : BPF_CORE_READ((const struct cgroup *)(word & ~3ULL), kn, id);
	}
	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
	return 0;
}

#endif
