/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Reports what has happened to a socket: in the table, or as an event if `emit_events` is set. */
#ifndef SOCKET_REPORT_H
#define SOCKET_REPORT_H

#include "socket_count.h"
#include "socket_event.h"

static __always_inline void report(const struct sock *sk, __u32 event)
{
	if (emit_events)
		emit(event, sk);
	else
		count(sk);
}

#endif
