#include <bpf/bpf.h>

#include "attach/attach.h"
#include "attach/cgroup_directory.h"
#include "attach/mprog.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {
namespace {

/** For what the section does not say: SEC("cgroup/skb") names no direction. */
bpf_attach_type to_direction(Napi::Value value, const char* name) {
  const auto direction = to_text(value, name);
  if (direction == "ingress") return BPF_CGROUP_INET_INGRESS;
  if (direction == "egress") return BPF_CGROUP_INET_EGRESS;
  throw Napi::TypeError::New(value.Env(),
                             std::string(name) + " must be 'ingress' or 'egress', not '" + direction + "'");
}

}  // namespace

// int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
//                     const struct bpf_link_create_opts *opts)
// bpf_program__attach_cgroup_opts is not used: it takes the attach type from the section only.
Attachment attach_cgroup(AttachRequest& request) {
  const auto direction = option(request.options, "direction", to_direction);
  bpf_link_create_opts options;
  init_opts(options);
  const Order order = Order::of(request.options);
  options.flags = order.flags;
  options.cgroup.relative_fd = order.fd;
  options.cgroup.relative_id = order.id;
  options.cgroup.expected_revision = order.revision;
  if (option(request.options, "preorder", to_boolean).value_or(false)) options.flags |= BPF_F_PREORDER;
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
