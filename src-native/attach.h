#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <functional>
#include <string>

#include "link.h"

namespace ebpf {

/** What a way to attach is given: `NativeProgram.attach(kind, options)`. */
struct AttachRequest {
  Napi::Env env;
  /** Raises once it is closed; asked for after the options are read, because a getter may close it. */
  std::function<bpf_program*()> program;
  Napi::Object options;
  /** What it is attached to, for the message of a failure: set before the kernel is asked. */
  std::string target;
};

/** A link, or nothing and the errno. */
struct Attachment {
  Link::Parts link;
  int error = 0;

  /** What libbpf returned; null with errno set when it failed. */
  static Attachment of(bpf_link* link);
  /** What a system call returned: a link's descriptor, or a negative errno. */
  static Attachment of(int fd);
};

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

// attach_tracepoint.cc
Attachment attach_tracepoint(AttachRequest& request);
Attachment attach_raw_tracepoint(AttachRequest& request);

// attach_tc.cc
Attachment attach_tcx(AttachRequest& request);
Attachment attach_clsact(AttachRequest& request);

}  // namespace ebpf
