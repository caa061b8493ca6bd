#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <string>

#include "internal/errors.h"
#include "link/link.h"
#include "object/state.h"

namespace ebpf {

/** What a way to attach is given: `NativeProgram.attach(kind, options)`. */
struct AttachRequest {
  Napi::Env env;
  /** Raises once it is closed; asked for after the options are read, because a getter may close it. */
  std::function<bpf_program*()> program;
  /** That the program is one of. */
  std::shared_ptr<ObjectState> object;
  Napi::Object options;
  /** What it is attached to, for the message of a failure: set before the kernel is asked. */
  std::string target;
};

/**
 * Raises unless the program is of one of these types. Where libbpf takes the attach type from the program, the kernel
 * would take the target's descriptor for that of another kind, an interface's index for example.
 */
void require_type(const AttachRequest& request, std::initializer_list<bpf_prog_type> types);

/** A link, or nothing and the errno. */
struct Attachment {
  Attached attached;
  int error = 0;
  /** Why, where the errno alone would not explain it. */
  std::string why = {};

  /** What to raise when there is an error. */
  Failure failure(const std::string& operation, const std::string& log) const {
    return {error, operation, why.empty() ? std::string() : operation + ": " + why, log};
  }

  /** What libbpf returned; null with errno set when it failed. It keeps `object`, where it points into it. */
  static Attachment of(bpf_link* link, std::shared_ptr<bpf_object> object = {});
  /** What a system call returned: a link's descriptor, or a negative errno. */
  static Attachment of(int fd);
  /** A program that was attached without a link. */
  template <typename T, typename... Arguments>
  static Attachment of(Arguments&&... arguments) {
    auto* const program = new (std::nothrow) T(std::forward<Arguments>(arguments)...);
    if (program != nullptr) return {UnlinkedProgram(program)};
    // It is attached already, and nobody would know how to detach it.
    T(std::forward<Arguments>(arguments)...).detach_or_errno();
    throw std::bad_alloc();
  }
};

/** Throws RangeError unless an optional list is empty or has `wanted` elements: libbpf reads that many of it. */
void require_as_many(Napi::Env env, const char* name, size_t count, size_t wanted);

/**
 * A way to attach. It reads its options, which may throw, names the target and makes one call. Its options are typed in
 * NativeAttachOptions of lib/internal/attach-options.ts.
 */
using Attach = Attachment (*)(AttachRequest& request);

/** The way of that name, or TypeError. */
Attach attach_by_kind(Napi::Env env, const std::string& kind);

// attach_section.cc
Attachment attach_section(AttachRequest& request);

// attach_kprobe.cc
Attachment attach_kprobe(AttachRequest& request);
Attachment attach_kprobe_multi(AttachRequest& request);
Attachment attach_ksyscall(AttachRequest& request);

// attach_uprobe.cc
Attachment attach_uprobe(AttachRequest& request);
Attachment attach_uprobe_multi(AttachRequest& request);

// attach_usdt.cc
Attachment attach_usdt(AttachRequest& request);

// attach_tracepoint.cc
Attachment attach_tracepoint(AttachRequest& request);
Attachment attach_raw_tracepoint(AttachRequest& request);

// attach_trace.cc
Attachment attach_trace(AttachRequest& request);
Attachment attach_lsm(AttachRequest& request);
Attachment attach_freplace(AttachRequest& request);

// attach_perf_event.cc
Attachment attach_perf_event(AttachRequest& request);

// attach_iter.cc
Attachment attach_iter(AttachRequest& request);

// attach_tc.cc
Attachment attach_tcx(AttachRequest& request);
Attachment attach_netkit(AttachRequest& request);
Attachment attach_clsact(AttachRequest& request);

// attach_xdp.cc
Attachment attach_xdp(AttachRequest& request);

// attach_cgroup.cc
Attachment attach_cgroup(AttachRequest& request);

// attach_netns.cc
Attachment attach_netns(AttachRequest& request);

// attach_netfilter.cc
Attachment attach_netfilter(AttachRequest& request);

// attach_sockmap.cc
Attachment attach_sockmap(AttachRequest& request);

// attach_socket.cc
Attachment attach_socket_filter(AttachRequest& request);
Attachment attach_reuseport(AttachRequest& request);

}  // namespace ebpf
