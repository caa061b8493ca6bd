/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Only a packet's first fragment has its ports; the later ones are filed by what is remembered of it. */
#ifndef FLOW_FRAGMENT_H
#define FLOW_FRAGMENT_H

#include "flow_parse.h"

/* By RFC 791 and 8200 what tells one fragmented packet from another, and where it was seen. */
struct fragment_key {
	__u8 saddr[16];
	__u8 daddr[16];
	__u32 id;
	__u32 ifindex;
	__u16 netns;
	/* what IPv4's header says; in IPv6 that is for the first fragment alone to say */
	__u8 protocol;
	__u8 direction;
};

struct fragment_ports {
	__u16 sport;
	__u16 dport;
	__u8 protocol;
	__u8 pad[3];
};

/*
 * The latest fragmented packets. What comes before its first fragment, or after as many others, is filed with ports 0:
 * counted all the same.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct fragment_key);
	__type(value, struct fragment_ports);
} flow_fragments SEC(".maps");

static __always_inline void set_fragment_key(struct fragment_key *to, const struct flow_key *key, __u32 id,
					     __u8 protocol)
{
	__builtin_memcpy(to->saddr, key->saddr, sizeof(to->saddr));
	__builtin_memcpy(to->daddr, key->daddr, sizeof(to->daddr));
	to->id = id;
	to->ifindex = key->ifindex;
	to->netns = key->netns;
	to->protocol = key->ip_version == 4 ? protocol : 0;
	to->direction = key->direction;
}

static __noinline int remember_first_fragment(const struct flow_key *key, __u32 id, __u8 protocol)
{
	struct fragment_ports ports = { .sport = key->sport, .dport = key->dport, .protocol = key->protocol };
	struct fragment_key fragment;

	set_fragment_key(&fragment, key, id, protocol);
	return bpf_map_update_elem(&flow_fragments, &fragment, &ports, BPF_ANY);
}

static __noinline int find_first_fragment(struct flow_key *key, __u32 id, __u8 protocol)
{
	struct fragment_ports *ports;
	struct fragment_key fragment;

	set_fragment_key(&fragment, key, id, protocol);
	ports = bpf_map_lookup_elem(&flow_fragments, &fragment);
	if (!ports)
		return 0;
	key->sport = ports->sport;
	key->dport = ports->dport;
	key->protocol = ports->protocol;
	return 0;
}

#endif
