// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Counts every packet that passes an interface, per flow, on its way in or out.
 *
 * 1. The packet's flow key is read (flow_parse.h).
 * 2. The table of the current epoch is looked up in flow_epochs. User space puts another table there each interval; the
 *    kernel waits for running programs before that update returns, so the table taken out is quiet and is drained
 *    without losing a packet. Nothing is ever deleted from a table in use.
 * 3. The packet is added to its flow, or begins a new one. What does not become part of a flow is counted by reason in
 *    flow_counters: the flows and those counters add up to every packet the hook saw.
 * 4. The packet goes on to the next program, always.
 *
 * Kernel 5.10 or later; TCX, or a direct-action filter on clsact.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "flow.h"
#include "flow_parse_any.h"
#include "flow_parse_plain.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/*
 * Preallocated: an insert fails only when all max_entries are taken (an empty per-CPU free list borrows from the
 * others), where allocation on demand could also fail in a burst, for want of memory in atomic context.
 */
struct flow_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct flow_value);
};

struct flow_table flow_table_a SEC(".maps");
struct flow_table flow_table_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct flow_table);
} flow_epochs SEC(".maps") = { .values = { &flow_table_a } };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_counters);
} flow_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_sketch);
} flow_refused_sketch SEC(".maps");

/*
 * The time of this tick's first packet. Reading the clock costs as much as the flow's lookup, so it is read once a tick
 * for all flows. bpf_ktime_get_coarse_ns would do the same, but came with 5.11. Two CPUs may both find the tick new.
 */
static volatile __u64 clock_ns;
static volatile __u64 clock_tick;

static __always_inline __u64 coarse_now(void)
{
	__u64 tick = bpf_jiffies64();

	if (tick != clock_tick) {
		clock_ns = bpf_ktime_get_ns();
		clock_tick = tick;
	}
	return clock_ns;
}

static __always_inline __u32 segments_of(struct __sk_buff *skb)
{
	return skb->gso_segs ?: 1;
}

/* Atomic, for an interrupt or, on PREEMPT_RT, another thread may come between load and store. */
static __always_inline void count(struct __sk_buff *skb, struct flow_count *to)
{
	__sync_fetch_and_add(&to->packets, 1);
	__sync_fetch_and_add(&to->bytes, skb->len);
	__sync_fetch_and_add(&to->segments, segments_of(skb));
}

static __noinline void count_unparsed(struct __sk_buff *skb, int reason)
{
	__u32 zero = 0;
	struct flow_counters *counters = bpf_map_lookup_elem(&flow_counters, &zero);

	if (counters)
		count(skb, reason == MALFORMED ? &counters->malformed : &counters->non_ip);
}

static __noinline void count_refused(struct __sk_buff *skb, const struct flow_key *key)
{
	struct flow_counters *counters;
	struct flow_sketch *sketch;
	const __u32 *words = (const __u32 *)key;
	__u32 zero = 0, hash = 0;

	counters = bpf_map_lookup_elem(&flow_counters, &zero);
	if (counters)
		count(skb, &counters->refused);

	for (__u32 i = 0; i < sizeof(*key) / sizeof(*words); i++) {
		hash = (hash ^ words[i]) * 0x9e3779b1;
		hash ^= hash >> 15;
	}
	sketch = bpf_map_lookup_elem(&flow_refused_sketch, &zero);
	if (sketch)
		sketch->slots[hash % FLOW_SKETCH_SLOTS] = 1;
}

/*
 * Byte i of the result is bit i of `flags`: each multiple of the multiplier's bits copies the lower seven flags 7 bits
 * further up, so that flag i falls on the lowest bit of byte i; the copies do not overlap, so nothing carries.
 */
static __always_inline __u64 spread(__u64 flags)
{
	return ((flags & 0x7f) * 0x0002040810204081 & 0x0101010101010101) | flags >> 7 << 56;
}

/* Storing 1 twice is storing it once, so no atomic OR is needed, which programs have only since 5.12. */
static __always_inline void add_tcp_flags(struct flow_value *flow, __u32 flags)
{
	if (!(spread(flags) & ~*(volatile __u64 *)flow->tcp_flags))
		return;
	for (int i = 0; i < 8; i++)
		if (flags & 1 << i)
			flow->tcp_flags[i] = 1;
}

static __always_inline void add(struct __sk_buff *skb, struct flow_value *flow, __u32 tcp_flags)
{
	__u64 now = coarse_now();

	__sync_fetch_and_add(&flow->packets, 1);
	__sync_fetch_and_add(&flow->bytes, skb->len);
	__sync_fetch_and_add(&flow->segments, segments_of(skb));
	add_tcp_flags(flow, tcp_flags);
	if (flow->last_seen < now)
		flow->last_seen = now;
}

/* Another CPU may begin the same flow at the same time: then BPF_NOEXIST fails for one of them, which adds instead. */
static __noinline void begin(struct __sk_buff *skb, void *table, const struct flow_key *key, __u32 tcp_flags)
{
	struct flow_value value = {
		.packets = 1,
		.bytes = skb->len,
		.segments = segments_of(skb),
	}, *flow;
	long error;

	value.first_seen = value.last_seen = bpf_ktime_get_ns();
	*(__u64 *)value.tcp_flags = spread(tcp_flags);
	error = bpf_map_update_elem(table, key, &value, BPF_NOEXIST);
	if (!error)
		return;

	flow = error == -EEXIST ? bpf_map_lookup_elem(table, key) : 0;
	if (flow)
		add(skb, flow, tcp_flags);
	else
		count_refused(skb, key);
}

static __always_inline int account(struct __sk_buff *skb, __u8 direction)
{
	/* Not zeroed: a parser that succeeds has written all but the four members below. */
	struct flow_key key __attribute__((aligned(8)));
	struct flow_value *flow;
	__u32 zero = 0;
	void *table;
	int tcp_flags;

	tcp_flags = parse_plain(skb, &key);
	if (tcp_flags < 0) {
		tcp_flags = parse_any(skb, &key);
		if (tcp_flags < 0) {
			count_unparsed(skb, tcp_flags);
			return TCX_NEXT;
		}
	}
	key.ifindex = skb->ifindex;
	key.direction = direction;
	key.pad = 0;

	table = bpf_map_lookup_elem(&flow_epochs, &zero);
	if (!table) {
		count_refused(skb, &key);
		return TCX_NEXT;
	}
	flow = bpf_map_lookup_elem(table, &key);
	if (flow)
		add(skb, flow, tcp_flags);
	else
		begin(skb, table, &key, tcp_flags);
	return TCX_NEXT;
}

SEC("tcx/ingress")
int flow_ingress(struct __sk_buff *skb)
{
	return account(skb, FLOW_INGRESS);
}

SEC("tcx/egress")
int flow_egress(struct __sk_buff *skb)
{
	return account(skb, FLOW_EGRESS);
}
