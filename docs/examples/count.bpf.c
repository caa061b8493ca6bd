// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Counts packets or bytes, and lets every packet go on to the next program. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

__u64 packets = 0;
__u64 bytes = 0;

SEC("tc")
int count_packets(struct __sk_buff *packet)
{
	__sync_fetch_and_add(&packets, 1);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int count_bytes(struct __sk_buff *packet)
{
	__sync_fetch_and_add(&bytes, packet->len);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int pass(struct __sk_buff *packet)
{
	return TC_ACT_UNSPEC;
}
