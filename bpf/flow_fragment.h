/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Only a packet's first fragment has its ports; later fragments get them from what was stored of the first. */
#ifndef FLOW_FRAGMENT_H
#define FLOW_FRAGMENT_H

#include "flow_ip.h"

/*
 * By RFC 791 and 8200, the addresses, the identification and, in IPv4, the protocol distinguish fragmented packets. The
 * key is the flow's, so VLAN and interface are part of it too; the identification replaces the ports.
 */
struct fragment_ports {
	/* when the first fragment was seen */
	__u64 time;
	__u16 sport;
	__u16 dport;
	__u8 protocol;
	__u8 pad[3];
};

/*
 * How long a first fragment is used for later ones: as long as the kernel waits for them (net.ipv4.ipfrag_time). In
 * IPv4 an identification has 16 bits, and is soon reused by another packet.
 */
const volatile __u64 fragment_lifetime = 30000000000ULL;

/*
 * The latest fragmented packets. Fragments that arrive before their first fragment, or after this many other packets,
 * are filed without ports, but still counted.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct flow_key);
	__type(value, struct fragment_ports);
} flow_fragments SEC(".maps");

static __always_inline void become_fragment_key(struct flow_key *key, __u32 id, __u8 protocol)
{
	key->sport = id >> 16;
	key->dport = id;
	key->protocol = protocol;
}

/*
 * Remembers a first fragment's ports, which are in the key, and writes them to a later fragment's key. `id` and
 * `protocol` distinguish packets.
 */
static __noinline int join_fragments(struct flow_key *key, enum fragment fragment, __u32 id, __u8 protocol)
{
	struct fragment_ports ports = { .sport = key->sport, .dport = key->dport, .protocol = key->protocol }, *first;
	__u64 now = bpf_ktime_get_ns();

	become_fragment_key(key, id, protocol);
	if (fragment == FIRST_FRAGMENT) {
		ports.time = now;
		bpf_map_update_elem(&flow_fragments, key, &ports, BPF_ANY);
	} else {
		first = bpf_map_lookup_elem(&flow_fragments, key);
		/* Another CPU may have seen it a moment after `now`. */
		if (first && (__s64)(now - first->time) > (__s64)fragment_lifetime)
			first = 0;
		key->orphan = !first;
		if (first)
			ports = *first;
	}
	become_fragment_key(key, ports.sport << 16 | ports.dport, ports.protocol);
	return 0;
}

#endif
