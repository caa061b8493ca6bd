// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Fills a ring buffer with records of one kind, one a run: BPF_PROG_RUN repeats it. Every reader that is compared reads
 * what these programs write, and finds out by `finish` that all of it was read.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Each record begins with its number, the one field that every reader reads. */
struct small {
	__u32 sequence;
	__u32 length;
	__u64 time;
};

struct event {
	__u32 sequence;
	__u32 pid;
	__u32 uid;
	__u32 saddr;
	__u32 daddr;
	__u32 length;
	__u16 sport;
	__u16 dport;
} __attribute__((aligned(64)));

struct timed_event {
	__u32 sequence;
	__u32 pid;
	__u64 time;
	__u64 total;
	__u32 saddr;
	__u32 daddr;
	__u16 sport;
	__u16 dport;
} __attribute__((aligned(64)));

struct medium {
	__u32 sequence;
	__u8 payload[252];
};

struct large {
	__u32 sequence;
	__u8 payload[1020];
};

_Static_assert(sizeof(struct small) == 16, "16 bytes");
_Static_assert(sizeof(struct event) == 64, "64 bytes");
_Static_assert(sizeof(struct timed_event) == 64, "64 bytes");
_Static_assert(sizeof(struct medium) == 256, "256 bytes");
_Static_assert(sizeof(struct large) == 1024, "1024 bytes");

const struct small *unused_small __attribute__((unused));
const struct event *unused_event __attribute__((unused));
const struct timed_event *unused_timed_event __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} records SEC(".maps");

/* Records written and, because the ring was full, not written, by CPU: several producers do not wait for each other. */
struct count {
	__u64 written;
	__u64 lost;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct count);
} counts SEC(".maps");

static __always_inline void *reserve(__u64 size, __u32 *sequence)
{
	struct count *count = bpf_map_lookup_elem(&counts, &(__u32){ 0 });
	void *record = bpf_ringbuf_reserve(&records, size, 0);

	if (!count)
		return record;
	*sequence = count->written;
	if (record)
		count->written++;
	else
		count->lost++;
	return record;
}

SEC("tc")
int emit_small(struct __sk_buff *skb)
{
	__u32 sequence = 0;
	struct small *record = reserve(sizeof(*record), &sequence);

	if (!record)
		return 1;
	record->sequence = sequence;
	record->length = skb->len;
	/* The latency of a record is counted from here. */
	record->time = bpf_ktime_get_ns();
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tc")
int emit_event(struct __sk_buff *skb)
{
	__u32 sequence = 0;
	struct event *record = reserve(sizeof(*record), &sequence);

	if (!record)
		return 1;
	record->sequence = sequence;
	record->pid = 4242;
	record->uid = 1000;
	record->saddr = 0x0100000a;
	record->daddr = 0x0200000a;
	record->length = skb->len;
	record->sport = 443;
	record->dport = sequence;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tc")
int emit_timed_event(struct __sk_buff *skb)
{
	__u32 sequence = 0;
	struct timed_event *record = reserve(sizeof(*record), &sequence);

	if (!record)
		return 1;
	record->sequence = sequence;
	record->pid = 4242;
	record->time = 39000000000000 + sequence;
	record->total = (__u64)sequence << 8;
	record->saddr = 0x0100000a;
	record->daddr = 0x0200000a;
	record->sport = 443;
	record->dport = sequence;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tc")
int emit_medium(struct __sk_buff *skb)
{
	__u32 sequence = 0;
	struct medium *record = reserve(sizeof(*record), &sequence);

	if (!record)
		return 1;
	record->sequence = sequence;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tc")
int emit_large(struct __sk_buff *skb)
{
	__u32 sequence = 0;
	struct large *record = reserve(sizeof(*record), &sequence);

	if (!record)
		return 1;
	record->sequence = sequence;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

/* The last record, of 8 bytes, which no other has. 1 when there was no room: run it again. */
SEC("tc")
int finish(struct __sk_buff *skb)
{
	__u64 *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);

	if (!record)
		return 1;
	*record = skb->len;
	bpf_ringbuf_submit(record, 0);
	return 0;
}
