// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Takes commands from user space, by a user ring buffer. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct limit {
	__u32 port;
	__u32 packets;
};

const struct limit *unused_limit __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} commands SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, __u32);
} limits SEC(".maps");

static long set_limit(struct bpf_dynptr *record, void *context)
{
	struct limit limit;

	if (bpf_dynptr_read(&limit, sizeof(limit), record, 0, 0))
		return 0; /* too short */
	bpf_map_update_elem(&limits, &limit.port, &limit.packets, BPF_ANY);
	return 0; /* 1 would leave the rest for the next time */
}

/* Any program may drain the buffer; one of this kind runs when user space says so. */
SEC("syscall")
int take_commands(void *context)
{
	return bpf_user_ringbuf_drain(&commands, set_limit, NULL, 0);
}
