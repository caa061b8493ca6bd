/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Tables that user space swaps each interval.
 *
 * EPOCH_TABLES(flow, …) declares two maps, flow_table_a and flow_table_b, and flow_epochs, whose only slot has the table
 * of the current epoch. User space puts the other table into the slot. The kernel waits for running programs before
 * that update returns, so nothing writes to the table that was taken out, and it is drained without losing an entry.
 * Nothing is ever deleted from a table in use.
 *
 * The tables are preallocated, so that an insert fails only if all entries are taken (an empty per-CPU free list borrows
 * from the others). Allocation on demand could also fail in a burst, for lack of memory in atomic context.
 */
#ifndef EPOCH_H
#define EPOCH_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>

#define EPOCH_TABLES(name, key_type, value_type, entries)                                                              \
	struct name##_table {                                                                                          \
		__uint(type, BPF_MAP_TYPE_HASH);                                                                       \
		__uint(max_entries, entries);                                                                          \
		__type(key, key_type);                                                                                 \
		__type(value, value_type);                                                                             \
	};                                                                                                             \
	struct name##_table name##_table_a SEC(".maps");                                                               \
	struct name##_table name##_table_b SEC(".maps");                                                               \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);                                                              \
		__uint(max_entries, 1);                                                                                \
		__type(key, __u32);                                                                                    \
		__array(values, struct name##_table);                                                                  \
	} name##_epochs SEC(".maps") = { .values = { &name##_table_a } }

/* The table of the current epoch. The slot is never empty, but the verifier wants a check. */
static __always_inline void *epoch_of(void *epochs)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(epochs, &zero);
}

/* Adds an entry. -EEXIST means that another CPU was faster; its entry will do. Null if there is no room. */
static __always_inline void *add_entry(void *table, const void *key, const void *first)
{
	int error = bpf_map_update_elem(table, key, first, BPF_NOEXIST);

	return error && error != -EEXIST ? 0 : bpf_map_lookup_elem(table, key);
}

/* The entry of a key, added if missing. */
static __always_inline void *entry_of(void *table, const void *key, const void *first)
{
	return bpf_map_lookup_elem(table, key) ?: add_entry(table, key, first);
}

#endif
