// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* A mistake: it reads a packet without having compared with the end of it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int first_byte(struct xdp_md *context)
{
	return *(__u8 *)(long)context->data ? XDP_PASS : XDP_DROP;
}
