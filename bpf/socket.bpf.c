// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Follows TCP sockets: what became of each connection and whose it is, what it has sent and received, the resets, and
 * the TCP and UDP packets that the kernel drops.
 *
 * 1. What a connection has sent is what the socket's own counters have grown by. They are read when it is established,
 *    when it closes, when the socket goes, and of those that live on by a walk (socket_walk) before each swap of tables.
 * 2. The walk also notes the connections that are older than the program, whose opening is unknown.
 * 3. Resets are counted where the kernel reports them, by reason. Until 6.10 it is silent about those that belong to no
 *    socket. Drops likewise, by the reason that it has for each since 5.17.
 * 4. Whose a socket is, is known when a process connects, accepts, shuts down or closes it, and by a walk of all open files
 *    (socket_owners) before each swap.
 * 5. With `emit_events` the same is written to a ring instead, one by one.
 *
 * What finds no room is counted. User space loads the programs that are asked for, *_again behind its first (twice.h).
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

/* Nothing else that clang keeps in BTF names it. */
const struct socket_event *unused_socket_event __attribute__((unused));
