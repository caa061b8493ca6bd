#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <cerrno>

#include "attach/attach.h"
#include "attach/mprog.h"
#include "internal/arguments.h"
#include "internal/moved.h"
#include "internal/opts.h"
#include "net/netns.h"

namespace ebpf {
namespace {

/**
 * Whether the program with this id is on this interface of the calling thread's namespace. Also true if that cannot be
 * known.
 */
bool is_attached(uint32_t id, uint32_t ifindex) {
  bpf_xdp_query_opts query;
  init_opts(query);
  const int error = bpf_xdp_query(static_cast<int>(ifindex), 0, &query);
  if (error != 0) return error != -ENODEV;
  return query.prog_id == id || query.drv_prog_id == id || query.skb_prog_id == id || query.hw_prog_id == id;
}

/** A program that was attached to an interface by netlink. */
class XdpProgram : public LegacyAttach {
 public:
  XdpProgram(Fd program, std::unique_ptr<InterfaceTrack> track, uint32_t mode)
      : program_(std::move(program)), track_(std::move(track)), mode_(mode) {}

  int detach() override {
    if (!program_) return 0;
    const auto state = track_->look();
    if (state == InterfaceTrack::State::lost) return -EXDEV;
    // The index may belong to another interface now.
    if (state == InterfaceTrack::State::gone) return program_.reset(), 0;
    ifinfomsg interface{};
    interface.ifi_index = static_cast<int>(track_->ifindex());
    RouteMessage request(RTM_SETLINK, NLM_F_ACK, interface);
    request.nest(IFLA_XDP, [&] {
      request.add(IFLA_XDP_FD, int32_t{-1});
      request.add(IFLA_XDP_FLAGS, uint32_t{mode_ | XDP_FLAGS_REPLACE});
      request.add(IFLA_XDP_EXPECTED_FD, int32_t{program_.get()});
    });
    const int error = track_->socket()->ask(std::move(request));
    // The interface has been moved on, or is gone from there.
    if (state == InterfaceTrack::State::moved && error == -ENODEV) {
      const uint32_t id = id_of(program_.get());
      const auto has_program = [&](uint32_t at) { return is_attached(id, at); };
      if (id == 0 || InterfaceTrack::may_be_on_another(has_program)) return -EXDEV;
    }
    // Another program has replaced it, it was detached, or the interface is gone.
    if (error != 0 && error != -EEXIST && error != -ENOENT && error != -ENODEV) return error;
    program_.reset();
    return 0;
  }

  std::string why(int error) const override { return error == -EXDEV ? InterfaceTrack::lost_message : ""; }

 private:
  Fd program_;
  std::unique_ptr<InterfaceTrack> track_;
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
// bpf_program__attach_xdp is not used: it has no mode.
Attachment attach_xdp(AttachRequest& request) {
  const uint32_t mode = option(request.options, "mode", to_mode).value_or(0);
  const LinkOptions how = LinkOptions::of(request.options);
  const int ifindex = to_fd(request.options.Get("ifindex"), "ifindex");
  Fd netns = open_netns(request.options);
  request.target = "xdp";
  const int program = bpf_program__fd(request.program());
  if (how.linked) {
    bpf_link_create_opts options;
    init_opts(options);
    options.flags = mode;
    return Attachment::of(in_netns(netns, [&] { return bpf_link_create(program, ifindex, BPF_XDP, &options); }));
  }
  Fd kept = Fd::duplicate(program);
  // Done before it attaches: afterwards, the interface may have moved already.
  auto track = InterfaceTrack::of(netns, static_cast<uint32_t>(ifindex));
  if (!kept || !track) return {{}, errno};
  bpf_xdp_attach_opts options;
  init_opts(options);
  options.old_prog_fd = how.replaced.value_or(0);
  const uint32_t flags = mode | (how.replaced ? XDP_FLAGS_REPLACE : XDP_FLAGS_UPDATE_IF_NOEXIST);
  const int error = in_netns(netns, [&] { return bpf_xdp_attach(ifindex, program, flags, &options); });
  if (error < 0) return {{}, -error};
  return Attachment::of<XdpProgram>(std::move(kept), std::move(track), mode);
}

}  // namespace ebpf
