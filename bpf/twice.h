/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What a tracepoint reports, handled once however often it is told.
 *
 * The kernel runs no program on a CPU that is in that same program already (bpf_trace_run since 6.1, 05b24ff9b2cf): what a
 * softirq reports is not told to the program that it has interrupted in a task. So each is attached twice, by another name,
 * one behind the other, and the second does what the first was kept from. A softirq is not interrupted by another, so that one
 * of the two is always free.
 */
#ifndef TWICE_H
#define TWICE_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>

/* What is reported, and what of it: no two CPUs report the same at the same time. */
struct occasion {
	__u64 object;
	__u64 what;
};

/* When the first has seen them, in nanoseconds; 0 once the second knows. LRU: the second is kept from some, too. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct occasion);
	__type(value, __u64);
} occasions SEC(".maps");

/* A note that is older is of an earlier occasion, of which the second was not told: the object's memory is used again. */
#define OCCASION_LASTS_NS 1000000000ULL

/* False if it cannot be noted, as when an update of this map was interrupted (-EBUSY): the second is to do it then. */
static __always_inline bool note_by_first(__u64 object, __u64 what)
{
	struct occasion occasion = { .object = object, .what = what };
	__u64 now = bpf_ktime_get_ns();

	return !bpf_map_update_elem(&occasions, &occasion, &now, BPF_ANY);
}

/* By a lookup, which takes no lock: what has interrupted an update may not delete (-EBUSY). */
static __always_inline bool was_seen_by_first(__u64 object, __u64 what)
{
	struct occasion occasion = { .object = object, .what = what };
	__u64 *noted = bpf_map_lookup_elem(&occasions, &occasion), time;

	if (!noted || !*noted)
		return false;
	time = *noted;
	*noted = 0;
	bpf_map_delete_elem(&occasions, &occasion);
	return bpf_ktime_get_ns() - time < OCCASION_LASTS_NS;
}

#endif
