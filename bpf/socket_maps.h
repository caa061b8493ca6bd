/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The tables of connections and of resets and drops, and the ring buffer of events. */
#ifndef SOCKET_MAPS_H
#define SOCKET_MAPS_H

#include "epoch.h"
#include "socket.h"

/* One bit per type of event to write. If any is set, the tables are not written. */
const volatile __u32 emit_events = 0;

EPOCH_TABLES(socket, struct connection_key, struct socket_value, 16384);
EPOCH_TABLES(incident, struct incident_key, struct incident_value, 16384);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} socket_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct socket_counters);
} socket_counters SEC(".maps");

static __always_inline struct socket_counters *socket_counters_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&socket_counters, &zero);
}

#endif
