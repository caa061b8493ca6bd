// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Counts every packet that enters or leaves an interface, per flow.
 *
 * 1. The packet's flow key is read (flow_parse.h). Packets that the filter does not select end here (flow_filter.h).
 * 2. The table of the current epoch is looked up (epoch.h).
 * 3. The packet is added to its flow, or starts a new one. Packets that do not become part of a flow are counted by
 *    reason and interface in flow_interfaces: the flows and those counters add up to every packet the hook saw.
 * 4. The packet always goes on to the next program.
 *
 * Kernel 5.10 or later; TCX, or a direct-action filter on clsact.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "epoch.h"
#include "flow.h"
#include "flow_filter.h"
#include "flow_parse_any.h"
#include "flow_parse_plain.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

EPOCH_TABLES(flow, struct flow_key, struct flow_value, 65536);

/*
 * An interface gets its entry with the first packet that is not filed. The entry with index 0 is used if there is no
 * room.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct flow_interface_key);
	__type(value, struct flow_counters);
} flow_interfaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_sketch);
} flow_refused_sketch SEC(".maps");

/* In which of the namespaces that share these maps the program is attached. */
const volatile __u16 netns = 0;

/* One packet in this many is counted; 0 and 1 mean all. */
const volatile __u32 sampling = 0;

/*
 * The time of this tick's first packet. Reading the clock costs as much as looking up the flow, so it is read once per
 * tick for all flows. bpf_ktime_get_coarse_ns would do the same, but requires 5.11. Two CPUs may both find the tick
 * new.
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

/* Atomic, because an interrupt or, on PREEMPT_RT, another thread may come between load and store. */
static __always_inline void count(struct __sk_buff *skb, struct flow_count *to)
{
	__sync_fetch_and_add(&to->packets, 1);
	__sync_fetch_and_add(&to->bytes, skb->len);
	__sync_fetch_and_add(&to->segments, segments_of(skb));
}

/*
 * Another CPU may be faster, and its entry will do. If there is no room, the entry with index 0 is used, which user
 * space has created.
 */
static __noinline struct flow_counters *add_interface(struct flow_interface_key *key)
{
	struct flow_counters zero = {}, *counters;

	bpf_map_update_elem(&flow_interfaces, key, &zero, BPF_NOEXIST);
	counters = bpf_map_lookup_elem(&flow_interfaces, key);
	if (counters)
		return counters;
	key->ifindex = 0;
	return bpf_map_lookup_elem(&flow_interfaces, key);
}

static __always_inline struct flow_counters *counters_of(struct __sk_buff *skb, __u8 direction)
{
	struct flow_interface_key key = { .ifindex = skb->ifindex, .netns = netns, .direction = direction };

	return bpf_map_lookup_elem(&flow_interfaces, &key) ?: add_interface(&key);
}

static __noinline void count_unparsed(struct __sk_buff *skb, __u8 direction, int reason)
{
	struct flow_counters *counters = counters_of(skb, direction);

	if (counters)
		count(skb, reason == MALFORMED ? &counters->malformed : &counters->non_ip);
}

static __noinline void count_refused(struct __sk_buff *skb, const struct flow_key *key)
{
	struct flow_counters *counters = counters_of(skb, key->direction);
	const __u32 *words = (const __u32 *)key;
	struct flow_sketch *sketch;
	__u32 zero = 0, hash = 0;

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
 * Byte i of the result is bit i of `flags`: each bit of the multiplier copies the lower seven flags 7 bits further up,
 * so that flag i lands on the lowest bit of byte i. The copies do not overlap, so nothing carries.
 */
static __always_inline __u64 spread(__u64 flags)
{
	return ((flags & 0x7f) * 0x0002040810204081 & 0x0101010101010101) | flags >> 7 << 56;
}

/* Storing 1 twice is the same as storing it once, so this needs no atomic OR, which programs only have since 5.12. */
static __always_inline void add_tcp_flags(struct flow_value *flow, __u32 flags)
{
	if (!(spread(flags) & ~*(volatile __u64 *)flow->tcp_flags))
		return;
	for (int i = 0; i < 8; i++)
		if (flags & 1 << i)
			flow->tcp_flags[i] = 1;
}

static __always_inline void add_tcp(struct flow_value *flow, __u32 flags)
{
	add_tcp_flags(flow, flags);
	if (!(flags & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST)))
		return;
	if (flags & TCP_FLAG_SYN)
		__sync_fetch_and_add(flags & TCP_FLAG_ACK ? &flow->synacks : &flow->syns, 1);
	if (flags & TCP_FLAG_FIN)
		__sync_fetch_and_add(&flow->fins, 1);
	if (flags & TCP_FLAG_RST)
		__sync_fetch_and_add(&flow->resets, 1);
}

static __always_inline __u32 link_bytes_of(struct __sk_buff *skb, const struct packet *packet)
{
	return skb->len - packet->ip_length;
}

static __always_inline bool is_ce_marked(const struct packet *packet)
{
	return (packet->tos & 3) == 3;
}

static __always_inline void add(struct __sk_buff *skb, struct flow_value *flow, const struct packet *packet)
{
	__u32 extra = segments_of(skb) - 1, link_bytes = link_bytes_of(skb, packet);
	__u64 now = coarse_now();

	__sync_fetch_and_add(&flow->packets, 1);
	__sync_fetch_and_add(&flow->bytes, skb->len);
	if (extra) {
		__sync_fetch_and_add(&flow->extra_segments, extra);
		__sync_fetch_and_add(&flow->extra_headers, (__u64)extra * packet->headers);
	}
	if (link_bytes != flow->link_bytes)
		__sync_fetch_and_add(&flow->extra_link_bytes, (__u64)link_bytes - flow->link_bytes);
	if (packet->tcp_flags)
		add_tcp(flow, packet->tcp_flags);
	if (is_ce_marked(packet))
		__sync_fetch_and_add(&flow->ce_marks, 1);
	if (packet->ttl < flow->ttl_min)
		flow->ttl_min = packet->ttl;
	if (packet->ttl > flow->ttl_max)
		flow->ttl_max = packet->ttl;
	if (packet->tos >> 2 != flow->dscp)
		flow->dscp = packet->tos >> 2;
	if (flow->last_seen < now)
		flow->last_seen = now;
}

/*
 * Whether a socket listens on that port of that address. A lookup with remote port 0, which no connection has, finds
 * only listeners, and the remote address does not matter. The function is global for the reason given in
 * flow_parse_any.h.
 */
__noinline int listens(struct __sk_buff *skb, __u64 address_high, __u64 address_low, __u8 ip_version, __u16 port)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;
	bool found;

	if (ip_version == 4) {
		tuple.ipv4.daddr = ((__be32 *)&address_low)[1];
		tuple.ipv4.dport = bpf_htons(port);
		sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	} else {
		__u64 *daddr = (__u64 *)tuple.ipv6.daddr;

		daddr[0] = address_high;
		daddr[1] = address_low;
		tuple.ipv6.dport = bpf_htons(port);
		sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	}
	if (!sk)
		return false;
	found = sk->state == BPF_TCP_LISTEN;
	bpf_sk_release(sk);
	return found;
}

/*
 * Whether a socket of this namespace has the connection, and therefore its local end. A listener on every address is
 * found for any address, even one of another machine whose packets are forwarded here.
 */
static __noinline bool has_connection(struct __sk_buff *skb, const struct flow_key *key)
{
	bool egress = key->direction == FLOW_EGRESS, found;
	const __u8 *local = egress ? key->saddr : key->daddr, *remote = egress ? key->daddr : key->saddr;
	__be16 local_port = bpf_htons(egress ? key->sport : key->dport);
	__be16 remote_port = bpf_htons(egress ? key->dport : key->sport);
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;

	if (key->ip_version == 4) {
		tuple.ipv4.saddr = ((const __be32 *)remote)[3];
		tuple.ipv4.daddr = ((const __be32 *)local)[3];
		tuple.ipv4.sport = remote_port;
		tuple.ipv4.dport = local_port;
		sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	} else {
		__builtin_memcpy(tuple.ipv6.saddr, remote, sizeof(tuple.ipv6.saddr));
		__builtin_memcpy(tuple.ipv6.daddr, local, sizeof(tuple.ipv6.daddr));
		tuple.ipv6.sport = remote_port;
		tuple.ipv6.dport = local_port;
		sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	}
	if (!sk)
		return false;
	found = sk->state != BPF_TCP_LISTEN;
	bpf_sk_release(sk);
	return found;
}

/*
 * A connection that is older than the monitor shows no SYN. If its local end belongs to a socket, on a port with a
 * listener, the other end opened it.
 */
static __always_inline enum flow_listener listener_of(struct __sk_buff *skb, const struct flow_key *key)
{
	bool egress = key->direction == FLOW_EGRESS;
	const __u64 *local = (const __u64 *)(egress ? key->saddr : key->daddr);

	if (!listens(skb, local[0], local[1], key->ip_version, egress ? key->sport : key->dport) ||
	    !has_connection(skb, key))
		return FLOW_LISTENER_UNKNOWN;
	return egress ? FLOW_SOURCE_LISTENS : FLOW_DESTINATION_LISTENS;
}

static __always_inline void set_listener(struct __sk_buff *skb, void *table, const struct packet *packet)
{
	enum flow_listener listener = FLOW_LISTENER_UNKNOWN;
	struct flow_value *flow;

	if (packet->key.protocol == IPPROTO_TCP && !(packet->tcp_flags & TCP_FLAG_SYN) && !packet->key.tunnel)
		listener = listener_of(skb, &packet->key);
	if (listener == FLOW_LISTENER_UNKNOWN)
		return;
	flow = bpf_map_lookup_elem(table, &packet->key);
	if (flow)
		flow->listener = listener;
}

/*
 * Another CPU may start the same flow at the same time: then BPF_NOEXIST fails for one of them, which adds to the flow
 * instead.
 */
static __noinline void begin(struct __sk_buff *skb, void *table, const struct packet *packet)
{
	__u32 flags = packet->tcp_flags;
	struct flow_value value = {
		.packets = 1,
		.bytes = skb->len,
		.extra_segments = segments_of(skb) - 1,
		.link_bytes = link_bytes_of(skb, packet),
		.syns = (flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN,
		.synacks = (flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == (TCP_FLAG_SYN | TCP_FLAG_ACK),
		.fins = !!(flags & TCP_FLAG_FIN),
		.resets = !!(flags & TCP_FLAG_RST),
		.ce_marks = is_ce_marked(packet),
		.ttl_min = packet->ttl,
		.ttl_max = packet->ttl,
		.dscp = packet->tos >> 2,
	}, *flow;
	int error;

	value.extra_headers = value.extra_segments * packet->headers;
	value.first_seen = value.last_seen = bpf_ktime_get_ns();
	*(__u64 *)value.tcp_flags = spread(flags);
	error = bpf_map_update_elem(table, &packet->key, &value, BPF_NOEXIST);
	if (!error) {
		set_listener(skb, table, packet);
		return;
	}
	flow = error == -EEXIST ? bpf_map_lookup_elem(table, &packet->key) : 0;
	if (flow)
		add(skb, flow, packet);
	else
		count_refused(skb, &packet->key);
}

static __always_inline int account(struct __sk_buff *skb, __u8 direction)
{
	/* Not zeroed: a parser that succeeds has written everything except the four members of the key below. */
	struct packet packet __attribute__((aligned(8)));
	struct flow_counters *counters;
	struct flow_value *flow;
	__u32 zero = 0;
	void *table;
	int error;

	if (sampling > 1 && bpf_get_prandom_u32() % sampling) {
		counters = counters_of(skb, direction);
		if (counters)
			count(skb, &counters->unsampled);
		return TCX_NEXT;
	}
	packet.key.ifindex = skb->ifindex;
	packet.key.netns = netns;
	packet.key.direction = direction;
	packet.key.pad = 0;
	if (parse_plain(skb, &packet)) {
		error = parse_any(skb, &packet);
		if (error) {
			count_unparsed(skb, direction, error);
			return TCX_NEXT;
		}
	}
	if (!passes_filter(&packet.key)) {
		counters = counters_of(skb, direction);
		if (counters)
			count(skb, &counters->filtered);
		return TCX_NEXT;
	}

	table = bpf_map_lookup_elem(&flow_epochs, &zero);
	if (!table) {
		count_refused(skb, &packet.key);
		return TCX_NEXT;
	}
	flow = bpf_map_lookup_elem(table, &packet.key);
	if (flow)
		add(skb, flow, &packet);
	else
		begin(skb, table, &packet);
	return TCX_NEXT;
}

SEC("tcx/ingress")
int flow_ingress(struct __sk_buff *skb)
{
	/*
	 * A copy of a multicast or broadcast that this interface sends, on its way to local sockets
	 * (dev_loopback_xmit): it was not received, the interface does not count it, and it was seen on the way out.
	 */
	if (skb->pkt_type == PACKET_LOOPBACK)
		return TCX_NEXT;
	return account(skb, FLOW_INGRESS);
}

SEC("tcx/egress")
int flow_egress(struct __sk_buff *skb)
{
	return account(skb, FLOW_EGRESS);
}
