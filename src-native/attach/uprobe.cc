#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_uprobe_opts(const struct bpf_program *prog, pid_t pid,
//                                                  const char *binary_path, size_t func_offset,
//                                                  const struct bpf_uprobe_opts *opts)
Attachment attach_uprobe(AttachRequest& request) {
  const auto path = to_text(request.options.Get("path"), "path");
  const auto symbol = option(request.options, "symbol", to_text);
  const auto offset = option(request.options, "offset", to_uint64).value_or(0);
  const auto pid = option(request.options, "pid", to_int32).value_or(-1);
  bpf_uprobe_opts uprobe;
  init_opts(uprobe);
  uprobe.func_name = symbol ? symbol->c_str() : nullptr;
  uprobe.ref_ctr_offset = option(request.options, "refCtrOffset", to_uint64).value_or(0);
  uprobe.bpf_cookie = option(request.options, "cookie", to_cookie).value_or(0);
  uprobe.retprobe = option(request.options, "retprobe", to_boolean).value_or(false);
  request.target = (uprobe.retprobe ? "uretprobe " : "uprobe ") + path + ":" + symbol.value_or(std::to_string(offset));
  return Attachment::of(bpf_program__attach_uprobe_opts(request.program(), pid, path.c_str(), offset, &uprobe));
}

}  // namespace ebpf
