#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_trace_opts(const struct bpf_program *prog, const struct bpf_trace_opts *opts)
Attachment attach_trace(AttachRequest& request) {
  bpf_trace_opts trace;
  init_opts(trace);
  trace.cookie = option(request.options, "cookie", to_cookie).value_or(0);
  request.target = bpf_program__section_name(request.program());
  return Attachment::of(bpf_program__attach_trace_opts(request.program(), &trace));
}

// struct bpf_link *bpf_program__attach_lsm(const struct bpf_program *prog)
Attachment attach_lsm(AttachRequest& request) {
  request.target = bpf_program__section_name(request.program());
  return Attachment::of(bpf_program__attach_lsm(request.program()));
}

// struct bpf_link *bpf_program__attach_freplace(const struct bpf_program *prog, int target_fd,
//                                               const char *attach_func_name)
Attachment attach_freplace(AttachRequest& request) {
  const auto target = option(request.options, "target", to_fd);
  const auto function = option(request.options, "function", to_text);
  request.target = "freplace " + function.value_or("what it was loaded for");
  // Both or neither: libbpf takes descriptor 0 for none.
  return Attachment::of(
      bpf_program__attach_freplace(request.program(), target.value_or(0), function ? function->c_str() : nullptr));
}

}  // namespace ebpf
