// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Prints the length of a packet. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("xdp")
int print_length(struct xdp_md *context)
{
	bpf_printk("a packet of %d bytes", context->data_end - context->data);
	return XDP_PASS;
}
