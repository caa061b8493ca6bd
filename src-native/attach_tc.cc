#include <bpf/bpf.h>

#include "arguments.h"
#include "attach.h"
#include "tc.h"

namespace ebpf {

// int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
//                     const struct bpf_link_create_opts *opts)
Attachment attach_tcx(AttachRequest& request) {
  const auto place = option(request.options, "anchor", to_text);
  if (place && *place != "first" && *place != "last") {
    throw Napi::TypeError::New(request.env, "anchor must be 'first' or 'last', not '" + *place + "'");
  }
  const TcxAnchor anchor = !place ? TcxAnchor::none : *place == "first" ? TcxAnchor::first : TcxAnchor::last;
  const TcHook hook = TcHook::of(request.options);
  request.target = "tcx";
  return Attachment::of(create_tcx_link(bpf_program__fd(request.program()), hook, anchor));
}

// int bpf_tc_hook_create(struct bpf_tc_hook *hook)
// int bpf_tc_attach(const struct bpf_tc_hook *hook, struct bpf_tc_opts *opts)
Attachment attach_clsact(AttachRequest& request) {
  const uint32_t priority = option(request.options, "priority", to_uint32).value_or(0);
  const uint32_t handle = option(request.options, "handle", to_uint32).value_or(0);
  request.target = "clsact";
  int error;
  TcFilter filter(bpf_program__fd(request.program()), TcHook::of(request.options), priority, handle, error);
  if (error < 0) return {{}, -error};
  return {std::move(filter)};
}

}  // namespace ebpf
