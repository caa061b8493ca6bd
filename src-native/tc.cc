#include "tc.h"

#include <cerrno>

#include "netns.h"
#include "opts.h"

namespace ebpf {
namespace {

bpf_tc_hook location(const TcFilter::Hook& hook) {
  bpf_tc_hook location;
  init_opts(location);
  location.ifindex = static_cast<int>(hook.ifindex);
  location.attach_point = hook.ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
  return location;
}

}  // namespace

int TcFilter::add(const Hook& hook, bpf_tc_opts& filter) {
  return in_netns(hook.netns, [&] {
    bpf_tc_hook place = location(hook);
    const int made = bpf_tc_hook_create(&place);
    return made != 0 && made != -EEXIST ? made : bpf_tc_attach(&place, &filter);
  });
}

int TcFilter::detach() {
  const auto filter = std::exchange(filter_, {});
  if (filter.handle == 0) return 0;
  const int error = in_netns(hook_.netns, [&] {
    const bpf_tc_hook place = location(hook_);
    bpf_tc_opts ours;
    init_opts(ours);
    ours.handle = filter.handle;
    ours.priority = filter.priority;
    auto found = ours;
    const int missing = bpf_tc_query(&place, &found);
    return missing != 0 || found.prog_id != filter.prog_id ? missing : bpf_tc_detach(&place, &ours);
  });
  const bool gone = error == -ENOENT || error == -ENODEV || error == -EINVAL;
  return gone ? 0 : error;
}

}  // namespace ebpf
