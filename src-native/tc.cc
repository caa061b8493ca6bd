#include "tc.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "arguments.h"
#include "netns.h"
#include "opts.h"

namespace ebpf {

TcHook TcHook::of(Napi::Object options) {
  const auto direction = to_text(options.Get("direction"), "direction");
  if (direction != "ingress" && direction != "egress") {
    throw Napi::TypeError::New(options.Env(), "direction must be 'ingress' or 'egress', not '" + direction + "'");
  }
  return {open_netns(options), to_uint32(options.Get("ifindex"), "ifindex"), direction == "ingress"};
}

int create_tcx_link(int program, const TcHook& hook, TcxAnchor anchor) {
  auto options = make_opts<bpf_link_create_opts>();
  // Without a relative the whole list is meant.
  if (anchor == TcxAnchor::first) options.flags = BPF_F_BEFORE;
  if (anchor == TcxAnchor::last) options.flags = BPF_F_AFTER;
  return in_netns(hook.netns, [&] {
    return bpf_link_create(program, static_cast<int>(hook.ifindex), hook.ingress ? BPF_TCX_INGRESS : BPF_TCX_EGRESS,
                           &options);
  });
}

TcFilter::TcFilter(int program, TcHook hook, uint32_t priority, uint32_t handle, int& error) : hook_(std::move(hook)) {
  auto options = make_opts<bpf_tc_opts>();
  options.prog_fd = program;
  options.priority = priority;
  options.handle = handle;
  error = in_netns(hook_.netns, [&] {
    bpf_tc_hook hook = location();
    const int made = bpf_tc_hook_create(&hook);
    return made != 0 && made != -EEXIST ? made : bpf_tc_attach(&hook, &options);
  });
  if (error == 0) filter_ = options;
}

int TcFilter::detach() {
  const auto filter = std::exchange(filter_, {});
  if (filter.handle == 0) return 0;
  const int error = in_netns(hook_.netns, [&] {
    const bpf_tc_hook hook = location();
    auto ours = make_opts<bpf_tc_opts>();
    ours.handle = filter.handle;
    ours.priority = filter.priority;
    auto found = ours;
    const int missing = bpf_tc_query(&hook, &found);
    return missing != 0 || found.prog_id != filter.prog_id ? missing : bpf_tc_detach(&hook, &ours);
  });
  const bool gone = error == -ENOENT || error == -ENODEV || error == -EINVAL;
  return gone ? 0 : error;
}

bpf_tc_hook TcFilter::location() const {
  auto hook = make_opts<bpf_tc_hook>();
  hook.ifindex = static_cast<int>(hook_.ifindex);
  hook.attach_point = hook_.ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
  return hook;
}

}  // namespace ebpf
