#include <bpf/bpf.h>

#include "arguments.h"
#include "attach.h"
#include "cgroup.h"
#include "opts.h"

namespace ebpf {
namespace {

// include/uapi/linux/bpf.h of Linux 6.15; libbpf 1.5 has not got it.
constexpr uint32_t f_preorder = 1u << 6;

/** What the section does not say: SEC("cgroup/skb") names no direction. */
bpf_attach_type to_direction(Napi::Value value, const char* name) {
  const auto direction = to_text(value, name);
  if (direction == "ingress") return BPF_CGROUP_INET_INGRESS;
  if (direction == "egress") return BPF_CGROUP_INET_EGRESS;
  throw Napi::TypeError::New(value.Env(),
                             std::string(name) + " must be 'ingress' or 'egress', not '" + direction + "'");
}

uint32_t to_anchor(Napi::Value value, const char* name) {
  const auto anchor = to_text(value, name);
  if (anchor == "first") return BPF_F_BEFORE;
  if (anchor == "last") return BPF_F_AFTER;
  throw Napi::TypeError::New(value.Env(), std::string(name) + " must be 'first' or 'last', not '" + anchor + "'");
}

}  // namespace

// int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
//                     const struct bpf_link_create_opts *opts)
// Not by bpf_program__attach_cgroup, which takes no flags. Its options have no neighbour for cgroups either.
Attachment attach_cgroup(AttachRequest& request) {
  const auto direction = option(request.options, "direction", to_direction);
  bpf_link_create_opts options;
  init_opts(options);
  options.flags = option(request.options, "anchor", to_anchor).value_or(0);
  if (option(request.options, "preorder", to_boolean).value_or(false)) options.flags |= f_preorder;
  const Cgroup cgroup = Cgroup::of(request.options);
  request.target = cgroup.name;
  require_type(request, {BPF_PROG_TYPE_CGROUP_SKB, BPF_PROG_TYPE_CGROUP_SOCK, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
                         BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_PROG_TYPE_CGROUP_DEVICE,
                         BPF_PROG_TYPE_SOCK_OPS, BPF_PROG_TYPE_LSM});
  const bpf_program* program = request.program();
  const auto type = direction.value_or(bpf_program__expected_attach_type(program));
  return Attachment::of(bpf_link_create(bpf_program__fd(program), cgroup.directory.get(), type, &options));
}

}  // namespace ebpf
