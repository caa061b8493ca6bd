#include "attach/mprog.h"

#include <cerrno>

#include "internal/arguments.h"
#include "internal/opts.h"
#include "net/netns.h"

namespace ebpf {
namespace {

/** A link or a program, by descriptor or by id: NativeRelative. */
void set_relative(Order& order, Napi::Object relative) {
  if (option(relative, "link", to_boolean).value_or(false)) order.flags |= BPF_F_LINK;
  const auto fd = option(relative, "fd", to_fd);
  const auto id = option(relative, "id", to_uint32);
  if (fd.has_value() == id.has_value() || id == 0u) {
    throw Napi::TypeError::New(relative.Env(), "before and after need either an fd or an id, which is not 0");
  }
  order.fd = fd.value_or(0);
  order.id = id.value_or(0);
}

/** BPF_PROG_ATTACH to a device; a negative errno on failure. */
int attach_to_device(int program, const Fd& netns, uint32_t ifindex, bpf_attach_type type, const Order& order,
                     const LinkOptions& how) {
  struct bpf_prog_attach_opts options;
  init_opts(options);
  options.flags = order.flags | (how.replaced ? BPF_F_REPLACE : 0);
  options.replace_prog_fd = how.replaced.value_or(0);
  options.relative_fd = order.fd;
  options.relative_id = order.id;
  options.expected_revision = order.revision;
  return in_netns(netns, [&] { return bpf_prog_attach_opts(program, static_cast<int>(ifindex), type, &options); });
}

}  // namespace

Order Order::of(Napi::Object options) {
  const auto anchor = option(options, "anchor", to_text);
  const auto before = option(options, "before", to_object);
  const auto after = option(options, "after", to_object);
  if (anchor.has_value() + before.has_value() + after.has_value() > 1) {
    throw Napi::TypeError::New(options.Env(), "only one of anchor, before and after can be given");
  }
  if (anchor && *anchor != "first" && *anchor != "last") {
    throw Napi::TypeError::New(options.Env(), "anchor must be 'first' or 'last', not '" + *anchor + "'");
  }
  Order order;
  // Without a relative, it refers to the whole list.
  if (before || anchor == "first") order.flags = BPF_F_BEFORE;
  if (after || anchor == "last") order.flags = BPF_F_AFTER;
  if (before) set_relative(order, *before);
  if (after) set_relative(order, *after);
  order.revision = option(options, "expectedRevision", to_cookie).value_or(0);
  return order;
}

LinkOptions LinkOptions::of(Napi::Object options) {
  const auto replaced = option(options, "replace", to_fd);
  const bool linked = option(options, "link", to_boolean).value_or(!replaced);
  if (linked && replaced) {
    throw Napi::TypeError::New(
        options.Env(), "replace is only for programs that are attached without a link: use update() of the link");
  }
  return {linked, replaced};
}

int create_device_link(int program, const Fd& netns, uint32_t ifindex, bpf_attach_type type, const Order& order) {
  bpf_link_create_opts options;
  init_opts(options);
  options.flags = order.flags;
  const auto set_order = [&](auto& hook) {
    hook.relative_fd = order.fd;
    hook.relative_id = order.id;
    hook.expected_revision = order.revision;
  };
  if (type == BPF_NETKIT_PRIMARY || type == BPF_NETKIT_PEER) {
    set_order(options.netkit);
  } else {
    set_order(options.tcx);
  }
  return in_netns(netns, [&] { return bpf_link_create(program, static_cast<int>(ifindex), type, &options); });
}

Attachment attach_to_hook(AttachRequest& request, bpf_attach_type type) {
  const Order order = Order::of(request.options);
  const LinkOptions how = LinkOptions::of(request.options);
  const uint32_t ifindex = to_uint32(request.options.Get("ifindex"), "ifindex");
  Fd netns = open_netns(request.options);
  const int program = bpf_program__fd(request.program());
  if (how.linked) return Attachment::of(create_device_link(program, netns, ifindex, type, order));
  Fd kept = Fd::duplicate(program);
  // Done before it attaches: afterwards, the interface may have moved already.
  auto track = InterfaceTrack::of(netns, ifindex);
  if (!kept || !track) return {{}, errno};
  const int error = attach_to_device(program, netns, ifindex, type, order, how);
  if (error < 0) return {{}, -error};
  return Attachment::of<AttachedProgram>(std::move(kept), AttachedProgram::Hook{std::move(track), Fd(), type});
}

}  // namespace ebpf
