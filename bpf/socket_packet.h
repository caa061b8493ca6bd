/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The addresses of a packet that the kernel drops or answers with a reset, wherever the packet is in the stack. */
#ifndef SOCKET_PACKET_H
#define SOCKET_PACKET_H

#include "connection_key.h"
#include "socket.h"

struct freed_packet {
	/* its source first */
	struct connection_key key;
	__u8 protocol;
	__u32 segments;
	/* from the network header on */
	__u32 bytes;
	/*
	 * For TCP: the header's flags, and whether TCP has already pulled the headers, as it does for packets that it
	 * receives.
	 */
	__u8 tcp_flags;
	bool has_payload;
	bool is_in_transport;
};

enum {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_HEADER_SIZE = 20,
};

/* include/linux/nsfs.h, proc_fs.h: inode numbers of namespaces start here. */
#define FIRST_NAMESPACE 0xefffff00U

/*
 * The namespace where the skb is now: the socket that sent it may be in another one. While an skb waits in a socket's
 * queue, the memory of `dev` holds other data, which does not lead to a namespace.
 */
static __always_inline __u32 netns_of(const struct sk_buff *skb)
{
	const struct dst_entry *dst = (const struct dst_entry *)(BPF_CORE_READ(skb, _skb_refdst) & ~1UL);
	__u32 inode = BPF_CORE_READ(dst, dev, nd_net.net, ns.inum);

	if (inode < FIRST_NAMESPACE)
		inode = BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
	if (inode < FIRST_NAMESPACE)
		inode = BPF_CORE_READ(skb, sk, __sk_common.skc_net.net, ns.inum);
	return inode < FIRST_NAMESPACE ? 0 : inode;
}

/* False for a later fragment, which has no ports. */
static __always_inline bool read_ipv4(const unsigned char *header, struct freed_packet *packet, __u32 *header_size)
{
	__be32 *source = (__be32 *)packet->key.saddr, *destination = (__be32 *)packet->key.daddr;
	struct iphdr ip;

	if (bpf_probe_read_kernel(&ip, sizeof(ip), header) || ip.version_ihl >> 4 != 4 || (ip.version_ihl & 15) < 5 ||
	    ip.frag_off & bpf_htons(0x1fff))
		return false;
	source[2] = destination[2] = bpf_htonl(0xffff);
	source[3] = ip.saddr;
	destination[3] = ip.daddr;
	packet->key.ip_version = 4;
	packet->protocol = ip.protocol;
	*header_size = (ip.version_ihl & 15) * 4;
	return true;
}

/* False if there are extension headers, which TCP and UDP packets rarely have. */
static __always_inline bool read_ipv6(const unsigned char *header, struct freed_packet *packet, __u32 *header_size)
{
	struct ipv6hdr ip;

	if (bpf_probe_read_kernel(&ip, sizeof(ip), header) || ip.version_class >> 4 != 6)
		return false;
	__builtin_memcpy(packet->key.saddr, ip.saddr, sizeof(ip.saddr));
	__builtin_memcpy(packet->key.daddr, ip.daddr, sizeof(ip.daddr));
	packet->key.ip_version = 6;
	packet->protocol = ip.nexthdr;
	*header_size = sizeof(ip);
	return true;
}

enum packet_kind {
	PACKET_OTHER,
	PACKET_READ,
	/* perhaps TCP or UDP, but unreadable; only its namespace is known */
	PACKET_UNREADABLE,
};

/*
 * `header` is the TCP header, `before` the number of bytes in front of it. A packet that cannot be read counts as
 * having a payload.
 */
static __always_inline void read_tcp(const unsigned char *header, __u32 before, const struct sk_buff *skb,
				     struct freed_packet *packet)
{
	/* header length and flags (RFC 9293, 3.1) */
	__u8 words_and_flags[2];

	packet->has_payload = true;
	if (bpf_probe_read_kernel(words_and_flags, sizeof(words_and_flags), header + 12))
		return;
	packet->tcp_flags = words_and_flags[1];
	packet->has_payload = packet->bytes > before + (words_and_flags[0] >> 4) * 4;
	packet->is_in_transport = BPF_CORE_READ(skb, data) >= header;
}

/* Identifies a packet by its headers. Whatever frees an skb may have moved `data`, but not the network header. */
static __always_inline enum packet_kind read_freed_packet(const struct sk_buff *skb, struct freed_packet *packet)
{
	const unsigned char *head = BPF_CORE_READ(skb, head), *header;
	__u32 end = BPF_CORE_READ(skb, end), tail = BPF_CORE_READ(skb, tail);
	__u32 offset = BPF_CORE_READ(skb, network_header), header_size;
	__be16 protocol = BPF_CORE_READ(skb, protocol), ports[2];
	const struct skb_shared_info *shared = (const struct skb_shared_info *)(head + end);
	bool is_readable;

	if (protocol != bpf_htons(ETH_P_IP) && protocol != bpf_htons(ETH_P_IPV6))
		return PACKET_OTHER;
	__builtin_memset(packet, 0, sizeof(*packet));
	packet->key.netns = netns_of(skb);
	/* Memory behind the tail holds old data. */
	if (offset + sizeof(struct iphdr) > tail)
		return PACKET_UNREADABLE;
	header = head + offset;
	if (protocol == bpf_htons(ETH_P_IP))
		is_readable = read_ipv4(header, packet, &header_size);
	else
		is_readable = read_ipv6(header, packet, &header_size);
	if (!is_readable)
		return PACKET_UNREADABLE;
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return PACKET_OTHER;
	if (offset + header_size + sizeof(ports) > tail ||
	    bpf_probe_read_kernel(ports, sizeof(ports), header + header_size))
		return PACKET_UNREADABLE;
	packet->key.sport = bpf_ntohs(ports[0]);
	packet->key.dport = bpf_ntohs(ports[1]);
	packet->segments = BPF_CORE_READ(shared, gso_segs) ?: 1;
	packet->bytes = BPF_CORE_READ(skb, len) + (__u32)(BPF_CORE_READ(skb, data) - header);
	if (packet->protocol == IPPROTO_TCP && offset + header_size + TCP_HEADER_SIZE <= tail)
		read_tcp(header + header_size, header_size, skb, packet);
	else
		packet->has_payload = true;
	return PACKET_READ;
}

#endif
