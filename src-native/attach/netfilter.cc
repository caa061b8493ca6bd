#include <bpf/bpf.h>
#include <linux/netfilter.h>

#include <cerrno>
#include <iterator>

#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"
#include "net/netns.h"

namespace ebpf {
namespace {

// enum nf_inet_hooks
constexpr const char* hooks[] = {"prerouting", "input", "forward", "output", "postrouting"};
static_assert(std::size(hooks) == NF_INET_NUMHOOKS);

uint32_t to_hook(Napi::Value value, const char* name) {
  const auto wanted = to_text(value, name);
  for (uint32_t hook = 0; hook < std::size(hooks); hook++) {
    if (wanted == hooks[hook]) return hook;
  }
  throw Napi::TypeError::New(
      value.Env(),
      std::string(name) + " must be 'prerouting', 'input', 'forward', 'output' or 'postrouting', not '" + wanted + "'");
}

uint32_t to_family(Napi::Value value, const char* name) {
  const auto family = to_text(value, name);
  if (family == "ipv4") return NFPROTO_IPV4;
  if (family == "ipv6") return NFPROTO_IPV6;
  throw Napi::TypeError::New(value.Env(), std::string(name) + " must be 'ipv4' or 'ipv6', not '" + family + "'");
}

}  // namespace

// struct bpf_link *bpf_program__attach_netfilter(const struct bpf_program *prog, const struct bpf_netfilter_opts *opts)
Attachment attach_netfilter(AttachRequest& request) {
  bpf_netfilter_opts options;
  init_opts(options);
  options.hooknum = to_hook(request.options.Get("hook"), "hook");
  options.pf = to_family(request.options.Get("family"), "family");
  options.priority = option(request.options, "priority", to_int32).value_or(0);
  if (option(request.options, "defragment", to_boolean).value_or(false)) options.flags = BPF_F_NETFILTER_IP_DEFRAG;
  const Fd netns = open_netns(request.options);
  request.target = std::string("netfilter ") + hooks[options.hooknum];
  require_type(request, {BPF_PROG_TYPE_NETFILTER});
  const bpf_program* program = request.program();
  bpf_link* link = nullptr;
  const int error = in_netns(netns, [&] {
    link = bpf_program__attach_netfilter(program, &options);
    return link ? 0 : -errno;
  });
  if (error < 0) return {{}, -error};
  return Attachment::of(link);
}

}  // namespace ebpf
