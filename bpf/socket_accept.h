/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The process that accepts a connection owns its socket. */
#ifndef SOCKET_ACCEPT_H
#define SOCKET_ACCEPT_H

#include "socket_life.h"

static __always_inline const struct sock *socket_of(const struct file *file)
{
	const struct socket *socket = BPF_CORE_READ(file, private_data);

	return BPF_CORE_READ(socket, sk);
}

/* A process owns what it has accepted. */
static __always_inline int accepted(long fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct socket_life *life;
	struct file **files, *file = 0;
	const struct sock *sk;

	if (fd < 0)
		return 0;
	files = BPF_CORE_READ(task, files, fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	sk = socket_of(file);
	life = bpf_map_lookup_elem(&sockets, &sk);
	if (life && !life->facts.pid) {
		set_current(&life->facts);
		life->news.accepted = 1;
	}
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept")
int socket_accept(struct trace_event_raw_sys_exit *ctx)
{
	return accepted(ctx->ret);
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int socket_accept4(struct trace_event_raw_sys_exit *ctx)
{
	return accepted(ctx->ret);
}

#endif
