/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Resets and drops: counted in a table by connection and reason, or written as events. */
#ifndef SOCKET_INCIDENT_H
#define SOCKET_INCIDENT_H

#include "socket_event.h"
#include "socket_packet.h"

struct incident {
	struct incident_key key;
	__u32 segments;
	__u32 bytes;
};

static const struct incident_value no_incident;

static __noinline int count_incident(const struct incident *incident)
{
	struct incident_value *value = 0;
	struct socket_counters *to;
	struct incident_key key;
	void *table = epoch_of(&incident_epochs);

	if (!incident)
		return 0;
	key = incident->key;
	if (table)
		value = entry_of(table, &key, &no_incident);
	if (!value) {
		to = socket_counters_here();
		if (to)
			__sync_fetch_and_add(&to->refused_incidents, 1);
		return 0;
	}
	__sync_fetch_and_add(&value->events, 1);
	__sync_fetch_and_add(&value->segments, incident->segments);
	__sync_fetch_and_add(&value->bytes, incident->bytes);
	value->last_seen = bpf_ktime_get_ns();
	if (!value->first_seen)
		value->first_seen = value->last_seen;
	return 0;
}

/* `sk` may be null. */
static __noinline int emit_incident(const struct incident *incident, __u32 type, const struct sock *sk)
{
	struct socket_event *event;

	if (!incident)
		return 0;
	event = sk ? reserve_socket_event(type, sk) : reserve_event(type);
	if (!event)
		return 0;
	event->connection = incident->key.connection;
	event->protocol = incident->key.protocol;
	event->reason = incident->key.reason;
	event->segments = incident->segments;
	event->bytes = incident->bytes;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

static __always_inline int report_incident(const struct incident *incident, __u32 type, const struct sock *sk)
{
	return emit_events ? emit_incident(incident, type, sk) : count_incident(incident);
}

/* For a reset that answers a packet: the packet's destination is our end. */
static __always_inline void set_answering_key(struct connection_key *key, const struct connection_key *packet)
{
	*key = *packet;
	__builtin_memcpy(key->saddr, packet->daddr, sizeof(key->saddr));
	__builtin_memcpy(key->daddr, packet->saddr, sizeof(key->daddr));
	key->sport = packet->dport;
	key->dport = packet->sport;
}

#endif
