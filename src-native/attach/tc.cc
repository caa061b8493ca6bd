#include <cerrno>

#include "attach/attach.h"
#include "attach/mprog.h"
#include "attach/tc_filter.h"
#include "internal/arguments.h"
#include "net/netns.h"

namespace ebpf {
// int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
//                     const struct bpf_link_create_opts *opts)
// int bpf_prog_attach_opts(int prog_fd, int target, enum bpf_attach_type type,
//                          const struct bpf_prog_attach_opts *opts)
Attachment attach_tcx(AttachRequest& request) {
  const bool ingress = is_first(request.options, "direction", "ingress", "egress");
  request.target = "tcx";
  return attach_to_hook(request, ingress ? BPF_TCX_INGRESS : BPF_TCX_EGRESS);
}

// RTM_NEWQDISC and RTM_NEWTFILTER of rtnetlink(7). bpf_tc_attach is not used: it gives a filter no owner, and opens a
// socket each time, which needs a descriptor.
Attachment attach_clsact(AttachRequest& request) {
  TcFilter::Request filter;
  filter.priority = option(request.options, "priority", to_uint32).value_or(0);
  filter.handle = option(request.options, "handle", to_uint32).value_or(0);
  filter.replace = option(request.options, "replace", to_boolean).value_or(false);
  const bool ingress = is_first(request.options, "direction", "ingress", "egress");
  const uint32_t ifindex = to_uint32(request.options.Get("ifindex"), "ifindex");
  const Fd netns = open_netns(request.options);
  request.target = "clsact";
  filter.program = bpf_program__fd(request.program());
  if (filter.priority > 0xffff) return {{}, EINVAL, "priority must be at most 65535"};
  TcFilter::Hook hook{RouteSocket::in(netns), ifindex, ingress};
  if (!hook.socket) return {{}, errno};
  TcFilter::Name name;
  std::string why;
  const int error = TcFilter::add(hook, filter, name, why);
  if (error < 0) return {{}, -error, why};
  return Attachment::of<TcFilter>(std::move(hook), name);
}

}  // namespace ebpf
