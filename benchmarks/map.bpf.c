// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Fills hash maps with flows, one a run, so that the readers that are compared find the same entries. */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct key {
	__u32 saddr;
	__u32 daddr;
	__u16 sport;
	__u16 dport;
	__u32 protocol;
};

struct value {
	__u64 packets;
	__u64 bytes;
	__u64 first;
	__u64 last;
	__u32 flags;
	__u32 ifindex;
};

__u32 next = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 20);
	__type(key, struct key);
	__type(value, struct value);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1 << 17);
	__type(key, struct key);
	__type(value, struct value);
} flows_by_cpu SEC(".maps");

static __always_inline int add(void *map, __u32 length)
{
	__u32 number = next++;
	struct key key = {
		.saddr = 0x0000000a + (number << 8),
		.daddr = 0x0200000a,
		.sport = number,
		.dport = 443,
		.protocol = 6,
	};
	struct value value = {
		.packets = number,
		.bytes = (__u64)number * length,
		.first = 1000000000000 + number,
		.last = 2000000000000 + number,
		.flags = 0x12,
		.ifindex = 2,
	};

	return bpf_map_update_elem(map, &key, &value, BPF_ANY) ? 1 : 0;
}

SEC("tc")
int fill_hash(struct __sk_buff *skb)
{
	return add(&flows, skb->len);
}

SEC("tc")
int fill_percpu(struct __sk_buff *skb)
{
	return add(&flows_by_cpu, skb->len);
}
