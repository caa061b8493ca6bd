#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_iter(const struct bpf_program *prog, const struct bpf_iter_attach_opts *opts)
Attachment attach_iter(AttachRequest& request) {
  const auto map = option(request.options, "map", to_fd);
  const auto order = option(request.options, "order", to_uint32);
  const auto tid = option(request.options, "tid", to_uint32);
  const auto pid = option(request.options, "pid", to_uint32);
  // These are members of one union: together, they would be mistaken for each other's descriptors.
  if (map.has_value() + order.has_value() + (tid || pid) > 1) {
    throw Napi::TypeError::New(request.env, "an iterator takes only one of map, cgroup (and order), and pid or tid");
  }
  bpf_iter_link_info over{};
  if (map) over.map.map_fd = static_cast<uint32_t>(*map);
  if (order) {
    over.cgroup.order = static_cast<bpf_cgroup_iter_order>(*order);
    over.cgroup.cgroup_fd = static_cast<uint32_t>(option(request.options, "cgroup", to_fd).value_or(0));
  }
  if (tid) over.task.tid = *tid;
  if (pid) over.task.pid = *pid;
  bpf_iter_attach_opts iterator;
  init_opts(iterator);
  if (map || order || tid || pid) {
    iterator.link_info = &over;
    iterator.link_info_len = sizeof over;
  }
  request.target = bpf_program__section_name(request.program());
  return Attachment::of(bpf_program__attach_iter(request.program(), &iterator));
}

}  // namespace ebpf
