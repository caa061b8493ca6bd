// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Follows TCP sockets: what happens to each connection and who owns it, what it has sent and received, the resets, and
 * the TCP and UDP packets that the kernel drops.
 *
 * 1. What a connection has sent is the growth of the socket's own counters. They are read when it is established, when
 *    it closes and when the socket is destroyed; for living sockets, a walk (socket_walk) reads them before each swap
 *    of tables.
 * 2. The walk also notes the connections that are older than the program, whose opening is unknown.
 * 3. Resets are counted when the kernel reports them, by reason. Before 6.10 it does not report those that belong to no
 *    socket. Drops are counted in the same way, by the reason that the kernel gives for each since 5.17.
 * 4. The owner of a socket is known when a process connects, accepts, shuts down or closes it, and by a walk over all
 *    open files (socket_owners) before each swap.
 * 5. With `emit_events`, the same is written to a ring buffer instead, one by one.
 *
 * What has no room is counted. User space loads the programs that are needed, each *_again behind its first (twice.h).
 */
#include "kernel.h"
#include "kernel_tcp.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "socket_event.h"
#include "socket_incident.h"
#include "socket_states.h"
#include "socket_resets.h"
#include "socket_drops.h"
#include "socket_retransmits.h"
#include "socket_accept.h"
#include "socket_walk.h"
#include "socket_holders.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Nothing else that clang keeps in the BTF names it. */
const struct socket_event *unused_socket_event __attribute__((unused));
