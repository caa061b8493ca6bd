/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What the filter does not select is not counted. All settings are constant at load: the verifier removes what a filter
 * does not use, and without a filter nothing of this remains.
 */
#ifndef FLOW_FILTER_H
#define FLOW_FILTER_H

#include "kernel_packet.h"
#include <bpf/bpf_helpers.h>
#include "flow.h"

const volatile bool filter_by_protocol = false;
const volatile bool filter_by_address = false;
const volatile bool filter_by_port = false;
/* Which of the first three bits of enum flow_filter must hold. */
const volatile __u8 filter_addresses = 0;
const volatile __u8 filter_ports = 0;
/* 1 for a protocol that the filter selects */
const volatile __u8 filter_protocols[256] = {};

/* Only the longest matching prefix is found, so user space adds to each prefix the bits of those that contain it. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct flow_filter_address);
	__type(value, __u8);
} flow_filter_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_filter_ports);
} flow_filter_ports SEC(".maps");

#define EITHER_BITS (FLOW_FILTER_EITHER | FLOW_FILTER_NOT_EITHER)
#define SOURCE_BITS (FLOW_FILTER_SOURCE | FLOW_FILTER_NOT_SOURCE)
#define DESTINATION_BITS (FLOW_FILTER_DESTINATION | FLOW_FILTER_NOT_DESTINATION)
#define NOT_BITS (FLOW_FILTER_NOT_EITHER | FLOW_FILTER_NOT_SOURCE | FLOW_FILTER_NOT_DESTINATION)

static __always_inline bool holds(__u8 source, __u8 destination, __u8 asked)
{
	__u8 bits = ((source | destination) & EITHER_BITS) | (source & SOURCE_BITS) | (destination & DESTINATION_BITS);

	return (bits & asked) == asked && !(bits & NOT_BITS);
}

static __always_inline __u8 address_bits(const __u8 *address)
{
	struct flow_filter_address key = { .prefixlen = 128 };
	__u8 *bits;

	__builtin_memcpy(key.address, address, sizeof(key.address));
	bits = bpf_map_lookup_elem(&flow_filter_addresses, &key);
	return bits ? *bits : 0;
}

static __always_inline bool has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static __always_inline bool passes_ports(const struct flow_key *key)
{
	struct flow_filter_ports *ports;
	__u32 zero = 0;

	if (!has_ports(key->protocol) || key->orphan)
		return holds(0, 0, filter_ports);
	ports = bpf_map_lookup_elem(&flow_filter_ports, &zero);
	return ports && holds(ports->bits[key->sport], ports->bits[key->dport], filter_ports);
}

static __always_inline bool passes_filter(const struct flow_key *key)
{
	if (filter_by_protocol && !filter_protocols[key->protocol])
		return false;
	if (filter_by_port && !passes_ports(key))
		return false;
	return !filter_by_address || holds(address_bits(key->saddr), address_bits(key->daddr), filter_addresses);
}

#endif
