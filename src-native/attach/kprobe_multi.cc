#include <algorithm>

#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {

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
  const std::vector<unsigned long> starts(addresses.begin(), addresses.end());
  const std::vector<__u64> values(cookies.begin(), cookies.end());
  bpf_kprobe_multi_opts kprobes;
  init_opts(kprobes);
  kprobes.syms = symbols.empty() ? nullptr : names.data();
  kprobes.addrs = addresses.empty() ? nullptr : starts.data();
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

}  // namespace ebpf
