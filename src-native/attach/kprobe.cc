#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_kprobe_opts(const struct bpf_program *prog, const char *func_name,
//                                                  const struct bpf_kprobe_opts *opts)
Attachment attach_kprobe(AttachRequest& request) {
  const auto symbol = to_text(request.options.Get("symbol"), "symbol");
  bpf_kprobe_opts kprobe;
  init_opts(kprobe);
  kprobe.offset = option(request.options, "offset", to_uint64).value_or(0);
  kprobe.retprobe = option(request.options, "retprobe", to_boolean).value_or(false);
  kprobe.bpf_cookie = option(request.options, "cookie", to_cookie).value_or(0);
  request.target = (kprobe.retprobe ? "kretprobe " : "kprobe ") + symbol;
  return Attachment::of(bpf_program__attach_kprobe_opts(request.program(), symbol.c_str(), &kprobe));
}

// struct bpf_link *bpf_program__attach_ksyscall(const struct bpf_program *prog, const char *syscall_name,
//                                               const struct bpf_ksyscall_opts *opts)
Attachment attach_ksyscall(AttachRequest& request) {
  const auto syscall = to_text(request.options.Get("syscall"), "syscall");
  bpf_ksyscall_opts ksyscall;
  init_opts(ksyscall);
  ksyscall.retprobe = option(request.options, "retprobe", to_boolean).value_or(false);
  ksyscall.bpf_cookie = option(request.options, "cookie", to_cookie).value_or(0);
  request.target = (ksyscall.retprobe ? "kretsyscall " : "ksyscall ") + syscall;
  return Attachment::of(bpf_program__attach_ksyscall(request.program(), syscall.c_str(), &ksyscall));
}

}  // namespace ebpf
