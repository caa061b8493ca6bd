/* SPDX-License-Identifier: MIT */
/* The entries of benchmarks/map.bpf.c. */
#pragma once

#include <stdint.h>

struct key {
	uint32_t saddr, daddr;
	uint16_t sport, dport;
	uint32_t protocol;
};

struct value {
	uint64_t packets, bytes, first, last;
	uint32_t flags, ifindex;
};
