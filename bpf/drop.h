/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What drop.bpf.c shares with user space. */
#ifndef DROP_H
#define DROP_H

/* Counted since load. */
struct drop_counters {
	__u64 packets;
	__u64 bytes;
	/* sum of gso_segs, where 0 counts as 1 */
	__u64 segments;
};

#endif
