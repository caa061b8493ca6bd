/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
#ifndef FLOW_FRAME_H
#define FLOW_FRAME_H

#include "flow_parse.h"

/* The kernel strips one tag before ingress. The frame still contains the rest of QinQ, and all tags of a raw sender. */
#define MAX_VLAN_TAGS 4

union frame {
	struct {
		__u64 error : 2;
		/* including the tags */
		__u64 header : 14;
		/* as in the frame: big-endian */
		__u64 protocol : 16;
		/* the two outermost, as in flow_key */
		__u64 vlan : 16;
		__u64 inner_vlan : 16;
	};
	__u64 bits;
};

/* Reads the Ethernet header at `offset` and the 802.1Q and 802.1ad tags behind it. */
__noinline __u64 read_frame(struct __sk_buff *skb, __u32 offset, __u32 end)
{
	union frame frame = {};
	__be16 protocol;

	frame.header = sizeof(struct ethhdr);
	if (offset + sizeof(struct ethhdr) > end ||
	    bpf_skb_load_bytes(skb, offset + offsetof(struct ethhdr, h_proto), &protocol, sizeof(protocol)))
		goto malformed;
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct vlan_hdr vlan;
		__u16 tag;

		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			break;
		if (offset + frame.header + sizeof(vlan) > end ||
		    bpf_skb_load_bytes(skb, offset + frame.header, &vlan, sizeof(vlan)))
			goto malformed;
		tag = FLOW_VLAN_PRESENT | (bpf_ntohs(vlan.h_vlan_TCI) & 0xfff);
		if (i == 0)
			frame.vlan = tag;
		else if (i == 1)
			frame.inner_vlan = tag;
		protocol = vlan.h_vlan_encapsulated_proto;
		frame.header += sizeof(vlan);
	}
	frame.protocol = protocol;
	return frame.bits;

malformed:
	frame.error = MALFORMED;
	return frame.bits;
}

#endif
