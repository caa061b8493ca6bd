#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_tracepoint_opts(const struct bpf_program *prog, const char *tp_category,
//                                                      const char *tp_name, const struct bpf_tracepoint_opts *opts)
Attachment attach_tracepoint(AttachRequest& request) {
  const auto category = to_text(request.options.Get("category"), "category");
  const auto name = to_text(request.options.Get("name"), "name");
  bpf_tracepoint_opts tracepoint;
  init_opts(tracepoint);
  tracepoint.bpf_cookie = option(request.options, "cookie", to_cookie).value_or(0);
  request.target = "tracepoint " + category + "/" + name;
  return Attachment::of(
      bpf_program__attach_tracepoint_opts(request.program(), category.c_str(), name.c_str(), &tracepoint));
}

// struct bpf_link *bpf_program__attach_raw_tracepoint_opts(const struct bpf_program *prog, const char *tp_name,
//                                                          struct bpf_raw_tracepoint_opts *opts)
Attachment attach_raw_tracepoint(AttachRequest& request) {
  const auto name = to_text(request.options.Get("name"), "name");
  bpf_raw_tracepoint_opts tracepoint;
  init_opts(tracepoint);
  tracepoint.cookie = option(request.options, "cookie", to_cookie).value_or(0);
  request.target = "raw tracepoint " + name;
  return Attachment::of(bpf_program__attach_raw_tracepoint_opts(request.program(), name.c_str(), &tracepoint));
}

}  // namespace ebpf
