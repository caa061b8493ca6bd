// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A lossy path for the demo, which attaches it in its own network namespaces: drops a share of the TCP packets of an
 * Ethernet device and counts them. Everything else passes.
 */
#include "kernel.h"
#include "kernel_packet.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "drop.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* How many of 10,000 packets are dropped. */
const volatile __u32 drop_per_10000 = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct drop_counters);
} drop_counters SEC(".maps");

static __always_inline bool is_tcp(struct __sk_buff *skb)
{
	__u32 offset = sizeof(struct ethhdr);
	__u8 protocol;

	if (skb->protocol == bpf_htons(ETH_P_IP))
		offset += __builtin_offsetof(struct iphdr, protocol);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		offset += __builtin_offsetof(struct ipv6hdr, nexthdr);
	else
		return false;
	return bpf_skb_load_bytes(skb, offset, &protocol, sizeof(protocol)) == 0 && protocol == IPPROTO_TCP;
}

SEC("tcx/ingress")
int drop_some(struct __sk_buff *skb)
{
	struct drop_counters *counters;
	__u32 zero = 0;

	if (!is_tcp(skb) || bpf_get_prandom_u32() % 10000 >= drop_per_10000)
		return TCX_NEXT;

	counters = bpf_map_lookup_elem(&drop_counters, &zero);
	if (counters) {
		__sync_fetch_and_add(&counters->packets, 1);
		__sync_fetch_and_add(&counters->bytes, skb->len);
		__sync_fetch_and_add(&counters->segments, skb->gso_segs ?: 1);
	}
	return TCX_DROP;
}
