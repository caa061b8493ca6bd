// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Files who sends UDP: structs with fields of most kinds. */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

enum protocol { ICMP = 1, TCP = 6, UDP = 17 };

struct endpoint {
	struct in_addr address;
	__be16 port;
	__u16 unused;
};

struct host {
	__u64 bytes;
	__u64 last; /* nanoseconds of CLOCK_MONOTONIC */
	enum protocol protocol;
	__u8 mac[ETH_ALEN];
	bool fragmented;
	__u8 version : 4;
	__u8 words : 4;
	char label[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct endpoint);
	__type(value, struct host);
} hosts SEC(".maps");

SEC("xdp")
int file_sender(struct xdp_md *context)
{
	void *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct udphdr *udp = (void *)(ip + 1);
	struct endpoint endpoint = {};
	struct host host = { .label = "new" };

	if ((void *)(udp + 1) > end || ip->version != 4 || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	endpoint.address.s_addr = ip->saddr;
	endpoint.port = udp->source;
	host.bytes = end - data;
	host.last = bpf_ktime_get_ns();
	host.protocol = ip->protocol;
	__builtin_memcpy(host.mac, ethernet->h_source, ETH_ALEN);
	host.fragmented = ip->frag_off & bpf_htons(0x3fff);
	host.version = ip->version;
	host.words = ip->ihl;
	bpf_map_update_elem(&hosts, &endpoint, &host, BPF_ANY);
	return XDP_PASS;
}
