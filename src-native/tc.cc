#include "tc.h"

#include <cerrno>

#include "netns.h"
#include "opts.h"

namespace ebpf {
namespace {

void locate(const TcFilter::Hook& hook, bpf_tc_hook& place) {
  init_opts(place);
  place.ifindex = static_cast<int>(hook.ifindex);
  place.attach_point = hook.ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
}

/** A filter by the names that the kernel gave it. */
void identify(const bpf_tc_opts& added, bpf_tc_opts& filter) {
  init_opts(filter);
  filter.handle = added.handle;
  filter.priority = added.priority;
}

}  // namespace

int TcFilter::add(const Hook& hook, bpf_tc_opts& filter) {
  return in_netns(hook.netns, [&] {
    bpf_tc_hook place;
    locate(hook, place);
    const int made = bpf_tc_hook_create(&place);
    return made != 0 && made != -EEXIST ? made : bpf_tc_attach(&place, &filter);
  });
}

int TcFilter::detach() {
  const auto filter = std::exchange(filter_, {});
  if (filter.handle == 0) return 0;
  const int error = in_netns(hook_.netns, [&] {
    bpf_tc_hook place;
    locate(hook_, place);
    bpf_tc_opts found, ours;
    identify(filter, found);
    identify(filter, ours);
    const int missing = bpf_tc_query(&place, &found);
    return missing != 0 || found.prog_id != filter.prog_id ? missing : bpf_tc_detach(&place, &ours);
  });
  const bool gone = error == -ENOENT || error == -ENODEV || error == -EINVAL;
  return gone ? 0 : error;
}

}  // namespace ebpf
