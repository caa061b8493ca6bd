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

/** The arguments of one attach call: `NativeProgram.attach(kind, options)`. */
struct AttachRequest {
  Napi::Env env;
  /** Raises if the object is closed. It is called after the options are read, because a getter may close the object. */
  std::function<bpf_program*()> program;
  /** The object that the program belongs to. */
  std::shared_ptr<ObjectState> object;
  Napi::Object options;
  /** What the program is attached to, for error messages. Set before the kernel is called. */
  std::string target;
};

/**
 * Raises unless the program is of one of these types. If libbpf took the attach type from another type of program, the
 * kernel would misread the target's descriptor, for example as an interface's index.
 */
void require_type(const AttachRequest& request, std::initializer_list<bpf_prog_type> types);

/** A link, or nothing and the errno. */
struct Attachment {
  Attached attached;
  int error = 0;
  /** The reason, if the errno alone does not explain the failure. */
  std::string why = {};

  /** What to raise if there is an error. */
  Failure failure(const std::string& operation, const std::string& log) const {
    return {error, operation, why.empty() ? std::string() : operation + ": " + why, log};
  }

  /** Wraps what libbpf returned: null with errno set if it failed. Keeps `object` alive if the link points into it. */
  static Attachment of(bpf_link* link, std::shared_ptr<bpf_object> object = {});
  /** Wraps what a system call returned: a link's descriptor, or a negative errno. */
  static Attachment of(int fd);
  /** A program that was attached without a link. */
  template <typename T, typename... Arguments>
  static Attachment of(Arguments&&... arguments) {
    auto* const program = new (std::nothrow) T(std::forward<Arguments>(arguments)...);
    if (program != nullptr) return {LegacyProgram(program)};
    // The program is attached already, and nothing else would know how to detach it.
    T(std::forward<Arguments>(arguments)...).detach_or_errno();
    throw std::bad_alloc();
  }
};

/** Reads an option that is one of two names. Returns whether it is the first. */
bool is_first(Napi::Object options, const char* name, const char* first, const char* second);

/** Throws RangeError unless an optional list is empty or has `wanted` elements, the number that libbpf reads. */
void require_as_many(Napi::Env env, const char* name, size_t count, size_t wanted);

/**
 * A way to attach. It reads its options, which may throw, names the target and makes one call. The options are declared
 * in the file of the same name in lib/link/attach/.
 */
using Attach = Attachment (*)(AttachRequest& request);

/** The function for a kind; throws TypeError if there is none. */
Attach attach_by_kind(Napi::Env env, const std::string& kind);

// section.cc
Attachment attach_section(AttachRequest& request);

// kprobe.cc
Attachment attach_kprobe(AttachRequest& request);
Attachment attach_ksyscall(AttachRequest& request);

// kprobe_multi.cc
Attachment attach_kprobe_multi(AttachRequest& request);

// uprobe.cc
Attachment attach_uprobe(AttachRequest& request);

// uprobe_multi.cc
Attachment attach_uprobe_multi(AttachRequest& request);

// usdt.cc
Attachment attach_usdt(AttachRequest& request);

// tracepoint.cc
Attachment attach_tracepoint(AttachRequest& request);
Attachment attach_raw_tracepoint(AttachRequest& request);

// trace.cc
Attachment attach_trace(AttachRequest& request);
Attachment attach_lsm(AttachRequest& request);
Attachment attach_freplace(AttachRequest& request);

// perf_event.cc
Attachment attach_perf_event(AttachRequest& request);

// iterator.cc
Attachment attach_iter(AttachRequest& request);

// tc.cc
Attachment attach_tcx(AttachRequest& request);
Attachment attach_clsact(AttachRequest& request);

// netkit.cc
Attachment attach_netkit(AttachRequest& request);

// xdp.cc
Attachment attach_xdp(AttachRequest& request);

// cgroup.cc
Attachment attach_cgroup(AttachRequest& request);

// netns.cc
Attachment attach_netns(AttachRequest& request);

// netfilter.cc
Attachment attach_netfilter(AttachRequest& request);

// sockmap.cc
Attachment attach_sockmap(AttachRequest& request);

// socket.cc
Attachment attach_socket_filter(AttachRequest& request);
Attachment attach_reuseport(AttachRequest& request);

}  // namespace ebpf
