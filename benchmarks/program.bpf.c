// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* The programs that others are measured against and by: nothing, one more flow with each run, a path that loses packets. */
#include "kernel.h"
#include "kernel_packet.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("tcx/ingress")
int nothing(struct __sk_buff *skb)
{
	return TCX_NEXT;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} measured SEC(".maps");

/* So many source addresses, in steps of `stride`: with a prime one they come in another order than they were first seen. */
__u32 flows = 1;
__u32 stride = 1;
__u32 next = 0;

/* BPF_PROG_RUN repeats one packet: this makes it one of another flow, then runs the program that is measured. */
SEC("tcx/ingress")
int renumber(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > data_end)
		return TCX_NEXT;
	ip->saddr = bpf_htonl(0x0a000000 + next);
	next += stride;
	if (next >= flows)
		next -= flows;
	bpf_tail_call(skb, &measured, 0);
	return TCX_NEXT;
}

const volatile __u32 drop_one_in = 1000;

SEC("tcx/ingress")
int lose(struct __sk_buff *skb)
{
	return bpf_get_prandom_u32() % drop_one_in ? TCX_NEXT : TCX_DROP;
}
