/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* A socket's own counters, and their growth. */
#ifndef SOCKET_PROGRESS_H
#define SOCKET_PROGRESS_H

#include "kernel_tcp.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "socket.h"

/* A socket's counters, as of the last count. */
struct socket_progress {
	__u64 bytes_sent;
	__u64 bytes_acked;
	__u64 bytes_received;
	__u32 segments_sent;
	__u32 segments_received;
	__u32 data_segments_sent;
	__u32 pad;
};

static __always_inline struct socket_progress socket_progress_of(const struct sock *sk)
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

/* A counter that has fallen was reset to 0: a socket that disconnects starts again (tcp_disconnect). */
static __always_inline __u64 byte_growth(__u64 from, __u64 to)
{
	return to < from ? to : to - from;
}

/* These counters may wrap. */
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

#endif
