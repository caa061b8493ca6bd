#include "arguments.h"
#include "attach.h"
#include "opts.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_kprobe_opts(const struct bpf_program *prog, const char *func_name,
//                                                  const struct bpf_kprobe_opts *opts)
Attachment attach_kprobe(AttachRequest& request) {
  const auto symbol = to_text(request.options.Get("symbol"), "symbol");
  auto kprobe = make_opts<bpf_kprobe_opts>();
  kprobe.offset = option(request.options, "offset", to_uint64).value_or(0);
  kprobe.retprobe = option(request.options, "retprobe", to_boolean).value_or(false);
  kprobe.bpf_cookie = option(request.options, "cookie", to_cookie).value_or(0);
  request.target = (kprobe.retprobe ? "kretprobe " : "kprobe ") + symbol;
  return Attachment::of(bpf_program__attach_kprobe_opts(request.program(), symbol.c_str(), &kprobe));
}

}  // namespace ebpf
