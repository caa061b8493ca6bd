// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Counts TCP retransmissions per connection so that their segments add up to Tcp:RetransSegs of the network namespace.
 *
 * The kernel counts in two places (net/ipv4/tcp_output.c, 5.10 to 7.2):
 *  - __tcp_retransmit_skb adds an skb's segments before it tries to send it, to RetransSegs and to the socket's
 *    total_retrans, and its payload to bytes_retrans. Tail loss probes come this way too.
 *  - tcp_rtx_synack adds 1 after it sent a SYN-ACK again.
 *
 * User space loads the programs of one mode:
 *  - tp_btf and tracepoint see tcp_retransmit_skb and tcp_retransmit_synack. Since 6.17 the former reports every attempt
 *    with its error. Before, it reports only those that succeeded: what a local queue, filter or TC program refused was
 *    counted by the kernel but cannot be attributed; its sum is TcpExt:TCPRetransFail of the namespace.
 *  - kprobe brackets both functions and takes the socket's own counters before and after: complete on every kernel.
 */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "retransmit.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Count only this network namespace, by inode number; 0 is every one. */
const volatile __u32 filter_netns = 0;

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

/* kprobe mode: what a call has to remember until it returns. */
struct call {
	const struct sock *sk;
	const struct request_sock *request;
	__u64 bytes_retrans;
	__u64 total_retrans;
};

/*
 * Keyed by the stack pointer of the caller. A task would not do for a key: a softirq may interrupt a retransmission and
 * make another; nor a CPU, for the former may be resumed on another one. No two calls share their place on a stack.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct call);
} retransmit_calls SEC(".maps");

/* One retransmission of an skb or a SYN-ACK. */
struct retransmission {
	__u64 segments;
	__u64 bytes;
	bool synack;
};

/* Sockets and request sockets begin alike. A dual-stack socket that talks IPv4 has mapped addresses already. */
static __always_inline void set_key(struct retransmit_key *key, const struct sock_common *sk)
{
	__be32 *source = (__be32 *)key->saddr, *destination = (__be32 *)key->daddr;

	__builtin_memset(key, 0, sizeof(*key));
	key->netns = BPF_CORE_READ(sk, skc_net.net, ns.inum);
	key->sport = BPF_CORE_READ(sk, skc_num);
	key->dport = bpf_ntohs(BPF_CORE_READ(sk, skc_dport));
	if (BPF_CORE_READ(sk, skc_family) == AF_INET6 && bpf_core_field_exists(sk->skc_v6_daddr)) {
		bpf_core_read(key->saddr, sizeof(key->saddr), &sk->skc_v6_rcv_saddr);
		bpf_core_read(key->daddr, sizeof(key->daddr), &sk->skc_v6_daddr);
	} else {
		source[2] = destination[2] = bpf_htonl(0xffff);
		source[3] = BPF_CORE_READ(sk, skc_rcv_saddr);
		destination[3] = BPF_CORE_READ(sk, skc_daddr);
	}
	if (!destination[0] && !destination[1] && destination[2] == bpf_htonl(0xffff))
		key->ip_version = 4;
	else
		key->ip_version = 6;
}

static __always_inline void count_refused(const struct retransmission *seen)
{
	struct retransmit_counters *counters;
	__u32 zero = 0;

	counters = bpf_map_lookup_elem(&retransmit_counters, &zero);
	if (!counters)
		return;
	__sync_fetch_and_add(&counters->refused_events, 1);
	__sync_fetch_and_add(&counters->refused_segments, seen->segments);
	__sync_fetch_and_add(&counters->refused_bytes, seen->bytes);
}

static __always_inline void add(struct retransmit_value *value, const struct retransmission *seen, __u32 state)
{
	__sync_fetch_and_add(&value->events, 1);
	__sync_fetch_and_add(&value->segments, seen->segments);
	__sync_fetch_and_add(&value->bytes, seen->bytes);
	if (seen->synack)
		__sync_fetch_and_add(&value->synacks, 1);
	value->last_seen = bpf_ktime_get_ns();
	value->state = state;
}

static __noinline int record(const struct sock_common *sk, const struct retransmission *seen)
{
	struct retransmit_value *value, first = {};
	__u32 zero = 0, state;
	struct retransmit_key key;
	void *table;
	long error;

	set_key(&key, sk);
	if (filter_netns && key.netns != filter_netns)
		return 0;
	state = BPF_CORE_READ(sk, skc_state);

	table = bpf_map_lookup_elem(&retransmit_epochs, &zero);
	if (!table) {
		count_refused(seen);
		return 0;
	}
	value = bpf_map_lookup_elem(table, &key);
	if (!value) {
		first.first_seen = bpf_ktime_get_ns();
		error = bpf_map_update_elem(table, &key, &first, BPF_NOEXIST);
		/* -EEXIST: another CPU was faster, which is as good. */
		value = error && error != -EEXIST ? 0 : bpf_map_lookup_elem(table, &key);
	}
	if (value)
		add(value, seen, state);
	else
		count_refused(seen);
	return 0;
}

static __always_inline int record_synack(const struct request_sock *request)
{
	struct retransmission seen = { .segments = 1, .synack = true };

	return record(&request->__req_common, &seen);
}

/*
 * Whether a failed attempt went as far as the kernel's counters. It did if the skb reached tcp_transmit_skb, which first
 * of all stamps the skb with the socket's departure time, brought up to the clock: after an earlier return the skb still
 * has the stamp of when it was last sent. -EBUSY says that this is yet to happen, and is never counted.
 */
static __always_inline bool was_counted(const struct tcp_sock *tp, const struct sk_buff *skb, int error)
{
	__u64 departure = BPF_CORE_READ(tp, tcp_wstamp_ns);

	return error != -EBUSY && BPF_CORE_READ(skb, skb_mstamp_ns) == departure &&
	       departure >= BPF_CORE_READ(tp, tcp_clock_cache);
}

static __always_inline int record_skb(const struct sock *sk, const struct sk_buff *skb, int error)
{
	const struct tcp_skb_cb *control = (const struct tcp_skb_cb *)&skb->cb;
	struct retransmission seen = {};

	if (error && !was_counted((const struct tcp_sock *)sk, skb, error))
		return 0;
	seen.segments = BPF_CORE_READ(control, tcp_gso_segs);
	seen.bytes = BPF_CORE_READ(skb, len);
	return record(&sk->__sk_common, &seen);
}

/*
 * The third argument came in 6.17, with the record that the tracepoint no longer shares. Reading it on a kernel that
 * has two would be refused, but the condition is a constant at load and the branch then dead.
 */
SEC("tp_btf/tcp_retransmit_skb")
int retransmit_skb_btf(__u64 *ctx)
{
	int error = 0;

	if (bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err))
		error = ctx[2];
	return record_skb((const struct sock *)ctx[0], (const struct sk_buff *)ctx[1], error);
}

SEC("tp_btf/tcp_retransmit_synack")
int retransmit_synack_btf(__u64 *ctx)
{
	return record_synack((const struct request_sock *)ctx[1]);
}

/* The kernel has one of the two records; here too the other one's branch is dead at load. */
SEC("tracepoint/tcp/tcp_retransmit_skb")
int retransmit_skb_tp(void *ctx)
{
	struct trace_event_raw_tcp_retransmit_skb *record = ctx;
	struct trace_event_raw_tcp_event_sk_skb *shared = ctx;

	if (bpf_core_field_exists(record->err))
		return record_skb(record->skaddr, record->skbaddr, record->err);
	return record_skb(shared->skaddr, shared->skbaddr, 0);
}

SEC("tracepoint/tcp/tcp_retransmit_synack")
int retransmit_synack_tp(struct trace_event_raw_tcp_retransmit_synack *ctx)
{
	return record_synack(ctx->req);
}

/* Before a function's first instruction x86 has the return address on the stack; arm64 has it in a register. */
#if defined(__TARGET_ARCH_x86)
#define RETURN_ADDRESS_SIZE 8
#else
#define RETURN_ADDRESS_SIZE 0
#endif

static __always_inline int enter(struct pt_regs *ctx, const struct request_sock *request)
{
	__u64 stack = PT_REGS_SP(ctx) + RETURN_ADDRESS_SIZE;
	struct call call = { .sk = (const struct sock *)PT_REGS_PARM1(ctx), .request = request };
	const struct tcp_sock *tp = (const struct tcp_sock *)call.sk;

	if (!request) {
		call.bytes_retrans = BPF_CORE_READ(tp, bytes_retrans);
		call.total_retrans = BPF_CORE_READ(tp, total_retrans);
	}
	/* If there is no room the return finds nothing and says so. */
	bpf_map_update_elem(&retransmit_calls, &stack, &call, BPF_ANY);
	return 0;
}

/* Takes the call off the map; false if it is not there. */
static __always_inline bool leave(struct pt_regs *ctx, struct call *call)
{
	__u64 stack = PT_REGS_SP(ctx);
	struct retransmit_counters *counters;
	struct call *kept;
	__u32 zero = 0;

	kept = bpf_map_lookup_elem(&retransmit_calls, &stack);
	if (kept) {
		*call = *kept;
		bpf_map_delete_elem(&retransmit_calls, &stack);
		return true;
	}
	counters = bpf_map_lookup_elem(&retransmit_counters, &zero);
	if (counters)
		__sync_fetch_and_add(&counters->unpaired_returns, 1);
	return false;
}

SEC("kprobe/__tcp_retransmit_skb")
int retransmit_skb_enter(struct pt_regs *ctx)
{
	return enter(ctx, 0);
}

SEC("kretprobe/__tcp_retransmit_skb")
int retransmit_skb_exit(struct pt_regs *ctx)
{
	struct retransmission seen = {};
	const struct tcp_sock *tp;
	struct call call;

	if (!leave(ctx, &call))
		return 0;
	tp = (const struct tcp_sock *)call.sk;
	/* total_retrans has 32 bits and may wrap */
	seen.segments = (__u32)(BPF_CORE_READ(tp, total_retrans) - (__u32)call.total_retrans);
	seen.bytes = BPF_CORE_READ(tp, bytes_retrans) - call.bytes_retrans;
	return seen.segments ? record(&call.sk->__sk_common, &seen) : 0;
}

SEC("kprobe/tcp_rtx_synack")
int retransmit_synack_enter(struct pt_regs *ctx)
{
	return enter(ctx, (const struct request_sock *)PT_REGS_PARM2(ctx));
}

SEC("kretprobe/tcp_rtx_synack")
int retransmit_synack_exit(struct pt_regs *ctx)
{
	struct call call;

	if (!leave(ctx, &call) || (int)PT_REGS_RC(ctx))
		return 0;
	return record_synack(call.request);
}
