#include <algorithm>

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

// struct bpf_link *bpf_program__attach_kprobe_multi_opts(const struct bpf_program *prog, const char *pattern,
//                                                        const struct bpf_kprobe_multi_opts *opts)
Attachment attach_kprobe_multi(AttachRequest& request) {
  const auto pattern = option(request.options, "pattern", to_text);
  const auto symbols = list_option(request.options, "symbols", to_text);
  const auto addresses = list_option(request.options, "addresses", to_cookie);
  const auto cookies = list_option(request.options, "cookies", to_cookie);
  const size_t count = std::max(symbols.size(), addresses.size());
  require_as_many(request.env, "cookies", cookies.size(), count);

  std::vector<const char*> names;
  for (const auto& symbol : symbols) names.push_back(symbol.c_str());
  const std::vector<unsigned long> places(addresses.begin(), addresses.end());
  const std::vector<__u64> values(cookies.begin(), cookies.end());
  bpf_kprobe_multi_opts kprobes;
  init_opts(kprobes);
  kprobes.syms = symbols.empty() ? nullptr : names.data();
  kprobes.addrs = addresses.empty() ? nullptr : places.data();
  kprobes.cookies = cookies.empty() ? nullptr : values.data();
  kprobes.cnt = count;
  kprobes.retprobe = option(request.options, "retprobe", to_boolean).value_or(false);
  kprobes.session = option(request.options, "session", to_boolean).value_or(false);
  kprobes.unique_match = option(request.options, "uniqueMatch", to_boolean).value_or(false);
  const auto kind = kprobes.session ? "kprobe.session " : kprobes.retprobe ? "kretprobe.multi " : "kprobe.multi ";
  request.target = kind + pattern.value_or(std::to_string(count) + " functions");
  return Attachment::of(
      bpf_program__attach_kprobe_multi_opts(request.program(), pattern ? pattern->c_str() : nullptr, &kprobes));
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
