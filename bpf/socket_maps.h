/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The tables, swapped every interval as in flow.bpf.c, and the ring buffer of events. */
#ifndef SOCKET_MAPS_H
#define SOCKET_MAPS_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "socket.h"

/* One bit per type of event to write. If any is set, the tables are not written. */
const volatile __u32 emit_events = 0;

struct socket_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct connection_key);
	__type(value, struct socket_value);
};

struct socket_table socket_table_a SEC(".maps");
struct socket_table socket_table_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct socket_table);
} socket_epochs SEC(".maps") = { .values = { &socket_table_a } };

struct incident_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct incident_key);
	__type(value, struct incident_value);
};

struct incident_table incident_table_a SEC(".maps");
struct incident_table incident_table_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct incident_table);
} incident_epochs SEC(".maps") = { .values = { &incident_table_a } };

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

static __always_inline struct socket_counters *counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&socket_counters, &zero);
}

static __always_inline void *epoch_of(void *epochs)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(epochs, &zero);
}

/* The entry of a key, created if missing. -EEXIST means that another CPU was faster; its entry will do. */
static __always_inline void *entry_of(void *table, const void *key, const void *first)
{
	void *found = bpf_map_lookup_elem(table, key);
	int error;

	if (found)
		return found;
	error = bpf_map_update_elem(table, key, first, BPF_NOEXIST);
	return error && error != -EEXIST ? 0 : bpf_map_lookup_elem(table, key);
}

#endif
