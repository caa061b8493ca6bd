/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Reads from a socket what identifies its connection, and its round-trip times. */
#ifndef CONNECTION_KEY_H
#define CONNECTION_KEY_H

#include "kernel_tcp.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "connection.h"

/* Count only this network namespace, by inode number; 0 for all. */
const volatile __u32 filter_netns = 0;

static __always_inline bool is_filtered(const struct sock *sk)
{
	return filter_netns && BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) != filter_netns;
}

/* False for a listener, a request or a time-wait socket. The latter two are not full sockets. */
static __always_inline bool is_connection(const struct sock *sk)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state != TCP_LISTEN && state != TCP_NEW_SYN_RECV && state != TCP_TIME_WAIT;
}

/*
 * Sockets and request sockets begin with the same fields. A dual-stack socket that uses IPv4 already has mapped
 * addresses.
 */
static __always_inline void set_key(struct connection_key *key, const struct sock_common *common, __u16 sport)
{
	__be32 *source = (__be32 *)key->saddr, *destination = (__be32 *)key->daddr;

	__builtin_memset(key, 0, sizeof(*key));
	key->netns = BPF_CORE_READ(common, skc_net.net, ns.inum);
	key->ifindex = BPF_CORE_READ(common, skc_bound_dev_if);
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

/* Does not use skc_num, which is already 0 in a socket that is closing. */
static __always_inline __u16 local_port(const struct sock *sk)
{
	return bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

/* The kernel stores eight times the average. */
static __always_inline __u32 smoothed_rtt(const struct sock *sk)
{
	return BPF_CORE_READ((const struct tcp_sock *)sk, srtt_us) >> 3;
}

/* ~0 until there is a measurement. */
static __always_inline __u32 minimum_rtt(const struct sock *sk)
{
	__u32 minimum = BPF_CORE_READ((const struct tcp_sock *)sk, rtt_min.s[0].v);

	return minimum == ~0U ? 0 : minimum;
}

/* Its SYN has not been acknowledged. The second state is that of a simultaneous open. */
static __always_inline bool is_opening(const struct sock *sk)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state == TCP_SYN_SENT || state == TCP_SYN_RECV;
}

/* A server's socket that TCP Fast Open created with the SYN; its handshake is not complete. */
static __always_inline bool is_fast_open(const struct sock *sk)
{
	return BPF_CORE_READ((const struct tcp_sock *)sk, fastopen_rsk);
}

/*
 * Whether a tail loss probe is being retransmitted: the probe's timer is pending until that is done, and a
 * retransmission for any other reason first puts the socket into recovery or loss (tcp_send_loss_probe and its
 * callers).
 */
static __always_inline bool is_loss_probe(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = (const struct inet_connection_sock *)sk;

	return BPF_CORE_READ(icsk, icsk_pending) == ICSK_TIME_LOSS_PROBE &&
	       BPF_CORE_READ_BITFIELD_PROBED(icsk, icsk_ca_state) < TCP_CA_Recovery;
}

#endif
