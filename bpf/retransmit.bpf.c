// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Counts TCP retransmissions per connection so that their segments add up to Tcp:RetransSegs of the network namespace.
 *
 * 1. The kernel counts in two functions (net/ipv4/tcp_output.c, the same from 5.10 to 7.2). __tcp_retransmit_skb adds
 *    an skb's segments, before it tries to send it, to RetransSegs and to the socket's total_retrans, and the payload
 *    to bytes_retrans; tail loss probes use it too. tcp_rtx_synack adds 1 after it has retransmitted a SYN-ACK.
 * 2. So each report of a retransmission counts the growth of the socket's own counters since the last report. If a
 *    report is missing, the socket's next report makes up for it, or its close. Reports do go missing: before 6.17 the
 *    tracepoint does not report what a local queue or filter refused. The kernel skips a tracing program that would
 *    interrupt itself, and it skips kprobe and perf programs also during anyone's bpf(2) call on the same CPU.
 * 3. The baseline is noted when a connection begins (retransmit_state), and for older connections by a walk
 *    (retransmit_walk), which at the end also counts what is left of the living ones. For a connection that was not
 *    noted, or is no longer among the newest 65,536, the first report is counted as reported.
 * 4. Unreported SYN-ACKs are made up for when their connection is created.
 *
 * So only these cannot be attributed: an unreported retransmission of a connection whose close and end go unreported as
 * well, or whose beginning was not noted and that had no earlier report; and an unreported SYN-ACK that nobody answers.
 *
 * User space loads retransmit_state, _destroy, _synack, _walk and the programs of one mode: *_btf, *_tp, or *_enter and
 * *_exit (kprobes). *_again is a second copy of a program, which runs if the first would interrupt itself (twice.h); if
 * both run, the second finds nothing left to count.
 */
#include "kernel.h"
#include "kernel_tcp.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "connection_key.h"
#include "registers.h"
#include "retransmit_account.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/*
 * Whether a failed attempt reached the kernel's counters, if only the report can tell. It did if the skb reached
 * tcp_transmit_skb, which begins by stamping it with the socket's departure time, brought up to the clock. After an
 * earlier return, the skb still has the stamp of when it was last sent. -EBUSY means such an early return, and is not
 * counted.
 */
static __always_inline bool was_counted(const struct sock *sk, const struct sk_buff *skb, int error)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	__u64 departure = BPF_CORE_READ(tp, tcp_wstamp_ns);

	return error != -EBUSY && BPF_CORE_READ(skb, skb_mstamp_ns) == departure &&
	       departure >= BPF_CORE_READ(tp, tcp_clock_cache);
}

static __always_inline int account_skb(const struct sock *sk, const struct sk_buff *skb, int error)
{
	const struct tcp_skb_cb *control = (const struct tcp_skb_cb *)&skb->cb;
	struct retransmit_progress reported = {};

	if (is_filtered(sk))
		return 0;
	if (!error && is_loss_probe(sk))
		reported.kind = RETRANSMIT_LOSS_PROBE;
	if (!error || was_counted(sk, skb, error)) {
		reported.segments = BPF_CORE_READ(control, tcp_gso_segs);
		reported.bytes = BPF_CORE_READ(skb, len);
	}
	return account(sk, reported);
}

/* `sk` is the listener or, with TCP Fast Open, the connection itself, whose total_retrans then counts the SYN-ACK. */
static __always_inline int account_synack(const struct sock *sk, const struct request_sock *request)
{
	struct retransmit_progress reported = { .segments = 1, .kind = RETRANSMIT_SYNACK };

	if (is_filtered(sk))
		return 0;
	if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_RECV)
		return account(sk, reported);
	note_synack(request);
	return record_retransmit(&request->__req_common, BPF_CORE_READ(request, __req_common.skc_num), &reported, 0);
}

static __always_inline int change_state(const __u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	int from = ctx[1], to = ctx[2];
	struct retransmit_progress now, nothing = {};

	/* A client begins with SYN_SENT; a server's connection is created in SYN_RECV without a report. */
	bool begins = to == TCP_SYN_SENT, is_made = from == TCP_SYN_RECV && to == TCP_ESTABLISHED;

	/* What a client has retransmitted before it is established is its SYN. */
	bool settles = to == TCP_CLOSE || from == TCP_SYN_SENT;

	if ((!begins && !is_made && !settles) || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP || is_filtered(sk))
		return 0;
	now = retransmit_progress_of(sk);
	if (begins) {
		bpf_map_update_elem(&retransmit_sockets, &sk, &now, BPF_ANY);
		return 0;
	}
	/* If it is known already, it has sent before: a simultaneous open, or TCP Fast Open. */
	if (is_made && !bpf_map_lookup_elem(&retransmit_sockets, &sk)) {
		bpf_map_update_elem(&retransmit_sockets, &sk, &now, BPF_ANY);
		return make_up_for_synacks(sk, now.segments);
	}
	if (bpf_map_lookup_elem(&retransmit_sockets, &sk)) {
		account(sk, nothing);
		if (to == TCP_CLOSE)
			bpf_map_delete_elem(&retransmit_sockets, &sk);
	}
	return 0;
}

/* A raw tracepoint in all modes: it runs when perf's programs are skipped. Arguments: sk, old state, new state. */
SEC("raw_tp/inet_sock_set_state")
int retransmit_state(__u64 *ctx)
{
	return change_state(ctx);
}

SEC("raw_tp/inet_sock_set_state")
int retransmit_state_again(__u64 *ctx)
{
	return change_state(ctx);
}

static __always_inline int let_go(const __u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	struct retransmit_progress nothing = {};

	if (!bpf_map_lookup_elem(&retransmit_sockets, &sk))
		return 0;
	account(sk, nothing);
	bpf_map_delete_elem(&retransmit_sockets, &sk);
	return 0;
}

/* In all modes: the last report of a socket, for one whose close went unreported. Argument: sk. */
SEC("raw_tp/tcp_destroy_sock")
int retransmit_destroy(__u64 *ctx)
{
	return let_go(ctx);
}

SEC("raw_tp/tcp_destroy_sock")
int retransmit_destroy_again(__u64 *ctx)
{
	return let_go(ctx);
}

/*
 * Walks the sockets of a namespace: before the other programs are attached, to note the baseline of existing sockets;
 * after they were detached, to count what went unreported for those that live on.
 */
SEC("iter/tcp")
int retransmit_walk(struct bpf_iter__tcp *ctx)
{
	const struct sock *sk = (const struct sock *)ctx->sk_common;
	struct retransmit_progress now, nothing = {};

	if (!sk || !is_connection(sk) || is_filtered(sk))
		return 0;
	now = retransmit_progress_of(sk);
	if (bpf_map_update_elem(&retransmit_sockets, &sk, &now, BPF_NOEXIST))
		account(sk, nothing);
	return 0;
}

/* Also in all modes. Arguments: sk, request. */
SEC("raw_tp/tcp_retransmit_synack")
int retransmit_synack(__u64 *ctx)
{
	return account_synack((const struct sock *)ctx[0], (const struct request_sock *)ctx[1]);
}

/*
 * The third argument was added in 6.17, with a record that the tracepoint does not share. On a kernel with two
 * arguments, the verifier would reject reading it, but the condition is constant at load and the branch is dead code
 * then.
 */
static __always_inline int account_tracepoint(const __u64 *ctx)
{
	int error = 0;

	if (bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err))
		error = ctx[2];
	return account_skb((const struct sock *)ctx[0], (const struct sk_buff *)ctx[1], error);
}

SEC("tp_btf/tcp_retransmit_skb")
int retransmit_skb_btf(__u64 *ctx)
{
	return account_tracepoint(ctx);
}

SEC("tp_btf/tcp_retransmit_skb")
int retransmit_skb_btf_again(__u64 *ctx)
{
	return account_tracepoint(ctx);
}

/* The kernel has one of the two records; here too, the branch for the other is dead code at load. */
SEC("tracepoint/tcp/tcp_retransmit_skb")
int retransmit_skb_tp(void *ctx)
{
	struct trace_event_raw_tcp_retransmit_skb *own = ctx;
	struct trace_event_raw_tcp_event_sk_skb *shared = ctx;

	if (bpf_core_field_exists(own->err))
		return account_skb(own->skaddr, own->skbaddr, own->err);
	return account_skb(shared->skaddr, shared->skbaddr, 0);
}

struct retransmit_call {
	const struct sock *sk;
	__u64 is_loss_probe;
};

/*
 * kprobe mode: the socket of a call, for its return. The key is the caller's stack pointer. A task is not a suitable
 * key, since a softirq may interrupt a retransmission and start another. Nor is a CPU, since the interrupted one may
 * continue on another CPU. No two calls have the same position on a stack.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct retransmit_call);
} retransmit_calls SEC(".maps");

SEC("kprobe/__tcp_retransmit_skb")
int retransmit_skb_enter(void *ctx)
{
	const struct sock *sk = (const struct sock *)first_argument(ctx);
	__u64 stack = stack_pointer(ctx) + return_address_size();
	struct retransmit_call call = { .sk = sk };
	struct retransmit_progress before;

	if (is_filtered(sk))
		return 0;
	call.is_loss_probe = is_loss_probe(sk);
	/* For an older connection, this is the last chance to get a baseline. */
	before = retransmit_progress_of(sk);
	bpf_map_update_elem(&retransmit_sockets, &sk, &before, BPF_NOEXIST);
	/* If there is no room, the return finds nothing, and the socket's next report makes up for it. */
	bpf_map_update_elem(&retransmit_calls, &stack, &call, BPF_ANY);
	return 0;
}

SEC("kretprobe/__tcp_retransmit_skb")
int retransmit_skb_exit(void *ctx)
{
	__u64 stack = stack_pointer(ctx);
	struct retransmit_call *kept = bpf_map_lookup_elem(&retransmit_calls, &stack);
	struct retransmit_progress reported = {};
	const struct sock *sk;

	if (!kept)
		return 0;
	sk = kept->sk;
	if (kept->is_loss_probe && !(int)return_value(ctx))
		reported.kind = RETRANSMIT_LOSS_PROBE;
	bpf_map_delete_elem(&retransmit_calls, &stack);
	return account(sk, reported);
}
