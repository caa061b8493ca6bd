/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
#ifndef FLOW_PARSE_PLAIN_H
#define FLOW_PARSE_PLAIN_H

#include "flow_parse.h"
#include "flow_tunnel.h"

/*
 * Reads the packet in place. Handles only TCP or UDP in IPv4 without options or IPv6 without extension headers,
 * unfragmented, behind an Ethernet header or none, with the headers in the linear part of the skb and nothing unusual
 * in them.
 */
static __always_inline int parse_plain(struct __sk_buff *skb, struct packet *packet)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end, *network;
	struct flow_key *key = &packet->key;
	__u8 first_nibble, protocol;
	struct ethhdr *eth = data;
	struct udphdr *udp;
	struct tcphdr *tcp;
	/* May become negative; then every comparison below fails. */
	int payload;

	if (data + sizeof(*eth) + sizeof(struct iphdr) + sizeof(*udp) > data_end)
		return NOT_PLAIN;
	first_nibble = *(__u8 *)data >> 4;
	if ((first_nibble == 4 || first_nibble == 6) && lacks_link_header(skb))
		network = data;
	else if (eth->h_proto == (__be16)skb->protocol)
		network = eth + 1;
	else
		return NOT_PLAIN;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = network;
		__u32 length = bpf_ntohs(ip->tot_len);

		if (ip->version_ihl != 0x45 || ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET) ||
		    length > skb->len - (network - data))
			return NOT_PLAIN;
		tcp = (void *)(ip + 1);
		packet->ip_length = length;
		payload = length - sizeof(*ip);
		protocol = ip->protocol;
		set_ipv4(packet, ip);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = network;

		if ((void *)(ip + 1) + sizeof(*udp) > data_end || ip->version_class >> 4 != 6)
			return NOT_PLAIN;
		payload = bpf_ntohs(ip->payload_len);
		if (payload > (int)(skb->len - (network - data) - sizeof(*ip)))
			return NOT_PLAIN;
		tcp = (void *)(ip + 1);
		packet->ip_length = payload + sizeof(*ip);
		protocol = ip->nexthdr;
		set_ipv6(packet, ip);
	} else {
		return NOT_PLAIN;
	}

	packet->headers = (void *)tcp - data;
	key->protocol = protocol;
	key->tunnel_id = 0;
	key->tunnel = FLOW_TUNNEL_NONE;
	key->orphan = 0;
	set_ports(key, tcp->source, tcp->dest);
	set_offloaded_vlan(skb, key);
	if (protocol == IPPROTO_TCP) {
		int header;

		if ((void *)(tcp + 1) > data_end)
			return NOT_PLAIN;
		header = tcp->doff >> 4 << 2;
		if (header < (int)sizeof(*tcp) || header > payload)
			return NOT_PLAIN;
		packet->headers += header;
		packet->tcp_flags = tcp->flags;
		return 0;
	}
	udp = (void *)tcp;
	if (protocol != IPPROTO_UDP || payload < (int)sizeof(*udp) ||
	    (is_tunnel_port(key->dport) && opens_tunnels(skb)) ||
	    !is_udp_length(bpf_ntohs(udp->len), payload, key->ip_version))
		return NOT_PLAIN;
	packet->headers += sizeof(*udp);
	packet->tcp_flags = 0;
	return 0;
}

#endif
