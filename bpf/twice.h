/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Handles what a tracepoint reports exactly once, however often it is reported.
 *
 * The kernel does not run a program on a CPU that is already inside that same program (bpf_trace_run since 6.1,
 * 05b24ff9b2cf): an event in a softirq is not passed to the program that the softirq has interrupted in a task. So each
 * program is attached twice, under two names, one behind the other, and the second does what the first missed. Softirqs
 * do not interrupt each other, so one of the two is always free.
 */
#ifndef TWICE_H
#define TWICE_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>

/* An object, and what is reported about it: no two CPUs report the same at the same time. */
struct occasion {
	__u64 object;
	__u64 what;
};

/*
 * When the first program saw them, in nanoseconds; 0 once the second knows. LRU: the second program is skipped
 * sometimes, too.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct occasion);
	__type(value, __u64);
} occasions SEC(".maps");

/*
 * An older note belongs to an earlier occasion, for which the second program was skipped: the object's memory was
 * reused.
 */
#define OCCASION_LASTS_NS 1000000000ULL

/*
 * False if it cannot be noted, for example because an update of this map was interrupted (-EBUSY): the second program
 * must handle it then.
 */
static __always_inline bool note_by_first(__u64 object, __u64 what)
{
	struct occasion occasion = { .object = object, .what = what };
	__u64 now = bpf_ktime_get_ns();

	return !bpf_map_update_elem(&occasions, &occasion, &now, BPF_ANY);
}

/* Uses a lookup, which takes no lock: a program that has interrupted an update may not delete (-EBUSY). */
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
