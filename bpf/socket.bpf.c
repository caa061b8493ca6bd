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
#include "socket_life.h"
#include "socket_loss.h"
#include "twice.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* User space sets them: whether the sockets that are older are noted, and the number of the walk of open files, from 1. */
bool has_walked = false;
__u32 owners_walk = 0;

/* Nothing else that clang keeps in BTF names it. */
const struct socket_event *unused_socket_event __attribute__((unused));

static __always_inline void report(const struct sock *sk, __u32 event)
{
	if (emit_events)
		emit(event, sk);
	else
		count(sk);
}

/*
 * In the process that connects, before the socket has a port and its SYN is sent: it is reported with what comes next. With
 * TCP_REPAIR no SYN is sent: a connection is restored, and who opened it is unknown.
 */
static __always_inline int opened_locally(const struct sock *sk)
{
	bool is_restored = BPF_CORE_READ_BITFIELD_PROBED((const struct tcp_sock *)sk, repair);
	struct socket_life *life = begin(sk, is_restored ? OPENER_UNKNOWN : OPENER_LOCAL);

	if (life) {
		life->counted = progress_of(sk);
		set_owner(&life->facts, sk);
	}
	return 0;
}

/* There was no port, or no route, for it. The kernel does not count it either. */
static __always_inline bool was_never_sent(const struct sock *sk, const struct socket_life *life)
{
	return life->news.opened && progress_of(sk).segments_sent == life->counted.segments_sent;
}

/* Of a process that closes it; what a peer or a timer closes is not shut down before. */
static __always_inline bool is_being_closed(const struct sock *sk, int from)
{
	return (from == TCP_ESTABLISHED || from == TCP_CLOSE_WAIT || is_opening(sk)) &&
	       BPF_CORE_READ(sk, sk_shutdown) == SHUTDOWN_MASK;
}

static __always_inline int closed(const struct sock *sk, struct socket_life *life, int from)
{
	if (life->facts.closed)
		return 0;
	life->was_open_file = is_open_file(sk);
	if (life->was_open_file && is_being_closed(sk, from))
		set_current(&life->facts);
	life->facts.closed_from = from;
	life->facts.closed = bpf_ktime_get_ns();
	life->news.closed = 1;
	report(sk, EVENT_CLOSED);
	return 0;
}

/* The socket is made when the handshake ends: all that its counters hold is new. */
static __always_inline int opened_remotely(const struct sock *sk)
{
	struct socket_life *life = begin(sk, OPENER_REMOTE);

	if (life) {
		life->facts.established = life->facts.opened;
		life->news.established = 1;
	} else if (emit_events) {
		emit(EVENT_OPENED, sk);
	}
	report(sk, EVENT_ESTABLISHED);
	return 0;
}

static __always_inline bool is_of_connection(const struct sock *sk, int from, int to)
{
	return from != TCP_LISTEN && to != TCP_LISTEN && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP &&
	       !is_filtered(sk);
}

/* The socket still has the old state. */
static __noinline int change_state(const struct sock *sk, int from, int to)
{
	struct socket_life *life;

	if (to == TCP_SYN_SENT)
		return opened_locally(sk);
	life = bpf_map_lookup_elem(&sockets, &sk);
	/* One that is here already is one of two that opened the connection at once. */
	if (from == TCP_SYN_RECV && (!life || life->facts.closed)) {
		if (to == TCP_ESTABLISHED)
			return opened_remotely(sk);
		if (!is_fast_open(sk))
			return to == TCP_CLOSE && !emit_events ? count_superfluous(sk) : 0;
		/* It is closed before its handshake is over. */
		life = begin(sk, OPENER_REMOTE);
		if (!life && emit_events)
			emit(EVENT_OPENED, sk);
	}
	if (!life) {
		/* It found no room. */
		if (from == TCP_SYN_SENT && emit_events)
			emit(EVENT_OPENED, sk);
		return 0;
	}
	if (from == TCP_SYN_SENT && to == TCP_CLOSE && was_never_sent(sk, life)) {
		forget(sk);
	} else if (to == TCP_ESTABLISHED) {
		life->facts.established = bpf_ktime_get_ns();
		life->news.established = 1;
		report(sk, EVENT_ESTABLISHED);
	} else if (to == TCP_CLOSE) {
		return closed(sk, life, from);
	} else if (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK) {
		/* tcp_close_state: a process shuts it down or closes it, which may have it from another process. */
		set_owner(&life->facts, sk);
	}
	return 0;
}

/* Arguments: sk, old state, new state. */
SEC("raw_tp/inet_sock_set_state")
int socket_state(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	int from = ctx[1], to = ctx[2];

	if (!is_of_connection(sk, from, to) || !note_by_first(ctx[0], from << 8 | to))
		return 0;
	return change_state(sk, from, to);
}

SEC("raw_tp/inet_sock_set_state")
int socket_state_again(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	int from = ctx[1], to = ctx[2];

	if (!is_of_connection(sk, from, to) || was_seen_by_first(ctx[0], from << 8 | to))
		return 0;
	return change_state(sk, from, to);
}

static __always_inline int let_go(const struct sock *sk)
{
	struct socket_life *life = bpf_map_lookup_elem(&sockets, &sk);

	if (!life)
		return 0;
	/* What was closed by the peer is the process's that closes it now. */
	if (life->was_open_file && !life->facts.pid) {
		set_current(&life->facts);
		life->news.owned = 1;
	}
	life->ended = 1;
	if (emit_events)
		forget(sk);
	else
		count(sk);
	return 0;
}

/* After its last segment, a reset perhaps, which is sent when it is closed already. Argument: sk. */
SEC("raw_tp/tcp_destroy_sock")
int socket_destroy(__u64 *ctx)
{
	return let_go((const struct sock *)ctx[0]);
}

/* What the first has let go of is not here any more. */
SEC("raw_tp/tcp_destroy_sock")
int socket_destroy_again(__u64 *ctx)
{
	return let_go((const struct sock *)ctx[0]);
}

/*
 * Arguments: sk, which may be null and may be a time-wait socket, the skb that it answers or null, the reason since 6.11.
 * Reading that of a kernel that has two arguments would be refused, but the branch is dead there at load.
 */
static __always_inline int reset_sent(const __u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	const struct sk_buff *skb = (const struct sk_buff *)ctx[1];
	struct incident incident = {
		.key = { .reason = NO_REASON, .kind = INCIDENT_RESET_SENT, .protocol = IPPROTO_TCP },
	};
	struct packet packet;

	if (sk && !is_connection(sk))
		sk = 0;
	if (sk)
		set_key(&incident.key.connection, &sk->__sk_common, local_port(sk));
	else if (skb && read_packet(skb, &packet) == PACKET_READ)
		set_answering_key(&incident.key.connection, &packet.key);
	else
		return 0;
	if (filter_netns && incident.key.connection.netns != filter_netns)
		return 0;
	if (bpf_core_field_exists(struct trace_event_raw_tcp_send_reset, reason))
		incident.key.reason = ctx[2];
	/* A socket that is closed already disconnects next, which sets its counters to 0. */
	if (sk && !skb && !emit_events)
		count(sk);
	return report_incident(&incident, EVENT_RESET_SENT, sk);
}

SEC("raw_tp/tcp_send_reset")
int socket_reset_sent(__u64 *ctx)
{
	return note_by_first(ctx[1] ?: ctx[0], EVENT_RESET_SENT) ? reset_sent(ctx) : 0;
}

SEC("raw_tp/tcp_send_reset")
int socket_reset_sent_again(__u64 *ctx)
{
	return was_seen_by_first(ctx[1] ?: ctx[0], EVENT_RESET_SENT) ? 0 : reset_sent(ctx);
}

/* Argument: sk. */
static __always_inline int reset_received(const __u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	struct incident incident = {
		.key = { .reason = NO_REASON, .kind = INCIDENT_RESET_RECEIVED, .protocol = IPPROTO_TCP },
	};

	if (is_filtered(sk))
		return 0;
	set_key(&incident.key.connection, &sk->__sk_common, local_port(sk));
	return report_incident(&incident, EVENT_RESET_RECEIVED, sk);
}

SEC("raw_tp/tcp_receive_reset")
int socket_reset_received(__u64 *ctx)
{
	return note_by_first(ctx[0], EVENT_RESET_RECEIVED) ? reset_received(ctx) : 0;
}

SEC("raw_tp/tcp_receive_reset")
int socket_reset_received_again(__u64 *ctx)
{
	return was_seen_by_first(ctx[0], EVENT_RESET_RECEIVED) ? 0 : reset_received(ctx);
}

/* Arguments: skb, where it was freed, the reason since 5.17, the socket that received it since 6.11. */
static __always_inline int dropped(const __u64 *ctx)
{
	struct incident incident = { .key = { .reason = NO_REASON, .kind = INCIDENT_DROP } };
	enum packet_kind kind;
	const struct sock *receiver = 0;
	struct socket_counters *to;
	struct packet packet;

	kind = read_packet((const struct sk_buff *)ctx[0], &packet);
	if (kind == PACKET_OTHER)
		return 0;
	if (bpf_core_field_exists(struct trace_event_raw_kfree_skb, rx_sk))
		receiver = (const struct sock *)ctx[3];
	/* TCP takes the device and the route from what it receives. */
	if (!packet.key.netns && receiver)
		packet.key.netns = BPF_CORE_READ(receiver, __sk_common.skc_net.net, ns.inum);
	if (filter_netns && packet.key.netns != filter_netns)
		return 0;
	if (kind == PACKET_UNREADABLE) {
		to = counters();
		if (to)
			__sync_fetch_and_add(&to->unreadable_drops, 1);
		return 0;
	}
	incident.key.connection = packet.key;
	incident.key.protocol = packet.protocol;
	incident.segments = packet.segments;
	incident.bytes = packet.bytes;
	if (bpf_core_field_exists(struct trace_event_raw_kfree_skb, reason))
		incident.key.reason = ctx[2];
	if (is_nothing_lost(&packet, incident.key.reason, receiver)) {
		to = counters();
		if (to)
			__sync_fetch_and_add(&to->discarded, 1);
		return 0;
	}
	return report_incident(&incident, EVENT_DROPPED, 0);
}

SEC("raw_tp/kfree_skb")
int socket_drop(__u64 *ctx)
{
	return note_by_first(ctx[0], EVENT_DROPPED) ? dropped(ctx) : 0;
}

SEC("raw_tp/kfree_skb")
int socket_drop_again(__u64 *ctx)
{
	return was_seen_by_first(ctx[0], EVENT_DROPPED) ? 0 : dropped(ctx);
}

/* Events only. Arguments: sk, skb, and since 6.17, when it began to report failures, the error. */
static __always_inline int retransmitted(const __u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	const struct sk_buff *skb = (const struct sk_buff *)ctx[1];
	const struct tcp_skb_cb *control = (const struct tcp_skb_cb *)&skb->cb;
	struct socket_event *event;

	if (is_filtered(sk))
		return 0;
	if (bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err) && (int)ctx[2])
		return 0;
	event = reserve_socket_event(EVENT_RETRANSMITTED, sk);
	if (!event)
		return 0;
	event->segments = BPF_CORE_READ(control, tcp_gso_segs);
	event->bytes = BPF_CORE_READ(skb, len);
	if (is_loss_probe(sk))
		event->kind = RETRANSMIT_LOSS_PROBE;
	else if (is_opening(sk))
		event->kind = RETRANSMIT_SYN;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("raw_tp/tcp_retransmit_skb")
int socket_retransmit(__u64 *ctx)
{
	return note_by_first(ctx[1], EVENT_RETRANSMITTED) ? retransmitted(ctx) : 0;
}

SEC("raw_tp/tcp_retransmit_skb")
int socket_retransmit_again(__u64 *ctx)
{
	return was_seen_by_first(ctx[1], EVENT_RETRANSMITTED) ? 0 : retransmitted(ctx);
}

/* Events only. Arguments: sk, request. */
SEC("raw_tp/tcp_retransmit_synack")
int socket_synack(__u64 *ctx)
{
	const struct request_sock *request = (const struct request_sock *)ctx[1];
	struct socket_event *event;

	if (is_filtered((const struct sock *)ctx[0]))
		return 0;
	event = reserve_event(EVENT_RETRANSMITTED);
	if (!event)
		return 0;
	set_key(&event->connection, &request->__req_common, BPF_CORE_READ(request, __req_common.skc_num));
	event->state = TCP_NEW_SYN_RECV;
	event->segments = 1;
	event->kind = RETRANSMIT_SYNACK;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

static __always_inline const struct sock *socket_of(const struct file *file)
{
	const struct socket *socket = BPF_CORE_READ(file, private_data);

	return BPF_CORE_READ(socket, sk);
}

/* What a process has accepted is its own. */
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

/*
 * Being made: not yet to be noted, since its beginning is before it (until 6.5 the walk holds no lock). Unlike one of two
 * that open a connection at once, and what TCP Fast Open has made already.
 */
static __always_inline bool is_being_made(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_RECV && !BPF_CORE_READ(sk, sk_socket) &&
	       !is_fast_open(sk);
}

static __always_inline bool is_closed(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSE;
}

/* What TCP Fast Open has made since the older were noted; its state has not changed yet. */
static __noinline int note_fast_open(const struct sock *sk)
{
	struct socket_life life = {};

	life.facts.cgroup = cgroup_of(sk);
	life.facts.opener = OPENER_REMOTE;
	life.facts.opened = bpf_ktime_get_ns();
	life.news.opened = 1;
	bpf_map_update_elem(&sockets, &sk, &life, BPF_NOEXIST);
	return 0;
}

static __noinline int note_older(const struct sock *sk)
{
	struct socket_life life = {}, *noted;

	life.counted = progress_of(sk);
	life.facts.cgroup = cgroup_of(sk);
	if (bpf_map_update_elem(&sockets, &sk, &life, BPF_NOEXIST))
		return 0;
	/* One that was closed meanwhile has ended, perhaps: nobody would remove it. */
	noted = bpf_map_lookup_elem(&sockets, &sk);
	if (noted && !noted->facts.closed && is_closed(sk))
		forget(sk);
	return 0;
}

/* Notes a socket that is older. False of what is no connection, or none that is followed. */
static __always_inline bool note_living(const struct sock *sk)
{
	if (!is_connection(sk) || is_filtered(sk) || is_closed(sk) || is_being_made(sk))
		return false;
	if (!bpf_map_lookup_elem(&sockets, &sk)) {
		if (has_walked && is_fast_open(sk))
			note_fast_open(sk);
		else
			note_older(sk);
	}
	return true;
}

/* The sockets of a namespace: notes those that are older, counts what the others have sent since last time. */
SEC("iter/tcp")
int socket_walk(struct bpf_iter__tcp *ctx)
{
	/* Read, not taken from the context: to the verifier the address is then a number, which count_socket takes. */
	const struct sock *sk = (const struct sock *)BPF_CORE_READ(ctx, sk_common);

	if (!sk || !note_living(sk))
		return 0;
	return emit_events ? 0 : count(sk);
}

/* Of several processes that have a socket it stays with whose it was; only what became of the socket says better. */
__noinline int note_holder_at(__u64 sk_address, __u64 task_address)
{
	const struct sock *sk = (const struct sock *)sk_address;
	const struct task_struct *task = (const struct task_struct *)task_address;
	struct socket_life *life;
	bool was_owned, is_first, is_living = note_living(sk);

	life = bpf_map_lookup_elem(&sockets, &sk);
	if (!life || !task)
		return 0;
	is_first = life->walk != owners_walk;
	if (is_first) {
		life->walk = owners_walk;
		life->owner_before = life->facts.pid;
	} else if (life->owner_before != (__u32)BPF_CORE_READ(task, tgid)) {
		return 0;
	}
	/* Its namespace may be one that no process is in and that has no name: then the walk of sockets does not come to it. */
	if (is_process(&life->facts, task))
		return is_first && is_living && !emit_events ? count(sk) : 0;
	was_owned = life->facts.pid;
	set_process(&life->facts, task);
	if (!was_owned && life->facts.opener == OPENER_REMOTE && !life->facts.closed)
		life->news.accepted = 1;
	else
		life->news.owned = 1;
	return emit_events ? 0 : count(sk);
}

static __always_inline int note_holder(const struct sock *sk, const struct task_struct *task)
{
	return note_holder_at((__u64)sk, (__u64)task);
}

/* The sockets that carry one of MPTCP, of which the kernel makes eight at most (MPTCP_SUBFLOWS_MAX). */
static __always_inline int note_holder_of_mptcp(const struct sock *sk, const struct task_struct *task)
{
	const struct mptcp_sock *msk = (const struct mptcp_sock *)sk;
	const struct list_head *first, *entry;
	const struct mptcp_subflow_context *subflow;
	int i;

	if (!bpf_core_field_exists(msk->conn_list))
		return 0;
	first = (const void *)msk + bpf_core_field_offset(msk->conn_list);
	entry = BPF_CORE_READ(first, next);
	for (i = 0; i < 8 && entry && entry != first; i++) {
		subflow = (const void *)entry - bpf_core_field_offset(struct mptcp_subflow_context, node);
		note_holder(BPF_CORE_READ(subflow, tcp_sock), task);
		entry = BPF_CORE_READ(entry, next);
	}
	return 0;
}

/* The open files of every process: whose the sockets are. */
SEC("iter/task_file")
int socket_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = BPF_CORE_READ(ctx, task);
	struct file *file = BPF_CORE_READ(ctx, file);
	const struct sock *sk;
	__u16 protocol;

	if (!task || !file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return 0;
	sk = socket_of(file);
	if (!sk)
		return 0;
	protocol = BPF_CORE_READ(sk, sk_protocol);
	if (protocol == IPPROTO_TCP)
		return note_holder(sk, task);
	return protocol == IPPROTO_MPTCP ? note_holder_of_mptcp(sk, task) : 0;
}
