#include <linux/if_link.h>

#include <cerrno>

#include "arguments.h"
#include "attach.h"
#include "mprog.h"
#include "netns.h"
#include "opts.h"

namespace ebpf {
namespace {

/** A program that netlink put on an interface. */
class XdpProgram : public Unlinked {
 public:
  XdpProgram(Fd program, Fd netns, int ifindex, uint32_t mode)
      : program_(std::move(program)), netns_(std::move(netns)), ifindex_(ifindex), mode_(mode) {}

  int detach() override {
    const Fd program = std::exchange(program_, Fd());
    if (!program) return 0;
    bpf_xdp_attach_opts expected;
    init_opts(expected);
    expected.old_prog_fd = program.get();
    const int error = in_netns(netns_, [&] { return bpf_xdp_detach(ifindex_, mode_ | XDP_FLAGS_REPLACE, &expected); });
    // Another program has taken its place, it was detached, or the interface is gone.
    return error == -EEXIST || error == -ENOENT || error == -ENODEV ? 0 : error;
  }

 private:
  Fd program_;
  Fd netns_;
  int ifindex_;
  uint32_t mode_;
};

uint32_t to_mode(Napi::Value value, const char* name) {
  const auto mode = to_text(value, name);
  if (mode == "native") return XDP_FLAGS_DRV_MODE;
  if (mode == "generic") return XDP_FLAGS_SKB_MODE;
  if (mode == "hardware") return XDP_FLAGS_HW_MODE;
  throw Napi::TypeError::New(value.Env(),
                             std::string(name) + " must be 'native', 'generic' or 'hardware', not '" + mode + "'");
}

}  // namespace

// int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
//                     const struct bpf_link_create_opts *opts)
// int bpf_xdp_attach(int ifindex, int prog_fd, __u32 flags, const struct bpf_xdp_attach_opts *opts)
// Not by bpf_program__attach_xdp, which has no mode.
Attachment attach_xdp(AttachRequest& request) {
  const uint32_t mode = option(request.options, "mode", to_mode).value_or(0);
  const Linking linking = Linking::of(request.options);
  const int ifindex = to_fd(request.options.Get("ifindex"), "ifindex");
  Fd netns = open_netns(request.options);
  request.target = "xdp";
  const int program = bpf_program__fd(request.program());
  if (linking.linked) {
    bpf_link_create_opts options;
    init_opts(options);
    options.flags = mode;
    return Attachment::of(in_netns(netns, [&] { return bpf_link_create(program, ifindex, BPF_XDP, &options); }));
  }
  Fd kept = Fd::duplicate(program);
  if (!kept) return {{}, errno};
  bpf_xdp_attach_opts options;
  init_opts(options);
  options.old_prog_fd = linking.replaced.value_or(0);
  const uint32_t flags = mode | (linking.replaced ? XDP_FLAGS_REPLACE : XDP_FLAGS_UPDATE_IF_NOEXIST);
  const int error = in_netns(netns, [&] { return bpf_xdp_attach(ifindex, program, flags, &options); });
  if (error < 0) return {{}, -error};
  return Attachment::of<XdpProgram>(std::move(kept), std::move(netns), ifindex, mode);
}

}  // namespace ebpf
