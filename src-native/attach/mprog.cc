#include "attach/mprog.h"

#include "internal/arguments.h"
#include "internal/opts.h"
#include "net/netns.h"

namespace ebpf {
namespace {

/** A link or a program, by descriptor or by id: NativeNeighbour. */
void set_neighbour(Place& place, Napi::Object neighbour) {
  if (option(neighbour, "link", to_boolean).value_or(false)) place.flags |= BPF_F_LINK;
  const auto fd = option(neighbour, "fd", to_fd);
  const auto id = option(neighbour, "id", to_uint32);
  if (fd.has_value() == id.has_value() || id == 0u) {
    throw Napi::TypeError::New(neighbour.Env(), "a neighbour is named either by its fd or by its id, which is not 0");
  }
  place.fd = fd.value_or(0);
  place.id = id.value_or(0);
}

}  // namespace

Place Place::of(Napi::Object options) {
  const auto anchor = option(options, "anchor", to_text);
  const auto before = option(options, "before", to_object);
  const auto after = option(options, "after", to_object);
  if (anchor.has_value() + before.has_value() + after.has_value() > 1) {
    throw Napi::TypeError::New(options.Env(), "only one of anchor, before and after can be given");
  }
  if (anchor && *anchor != "first" && *anchor != "last") {
    throw Napi::TypeError::New(options.Env(), "anchor must be 'first' or 'last', not '" + *anchor + "'");
  }
  Place place;
  // Without a relative, the position refers to the whole list.
  if (before || anchor == "first") place.flags = BPF_F_BEFORE;
  if (after || anchor == "last") place.flags = BPF_F_AFTER;
  if (before) set_neighbour(place, *before);
  if (after) set_neighbour(place, *after);
  place.revision = option(options, "expectedRevision", to_cookie).value_or(0);
  return place;
}

Linking Linking::of(Napi::Object options) {
  const auto replaced = option(options, "replace", to_fd);
  const bool linked = option(options, "link", to_boolean).value_or(!replaced);
  if (linked && replaced) {
    throw Napi::TypeError::New(options.Env(), "a program that has a link is replaced by the link's update");
  }
  return {linked, replaced};
}

int create_device_link(int program, const Fd& netns, uint32_t ifindex, bpf_attach_type type, const Place& place) {
  bpf_link_create_opts options;
  init_opts(options);
  options.flags = place.flags;
  const auto set_place = [&](auto& hook) {
    hook.relative_fd = place.fd;
    hook.relative_id = place.id;
    hook.expected_revision = place.revision;
  };
  if (type == BPF_NETKIT_PRIMARY || type == BPF_NETKIT_PEER) {
    set_place(options.netkit);
  } else {
    set_place(options.tcx);
  }
  return in_netns(netns, [&] { return bpf_link_create(program, static_cast<int>(ifindex), type, &options); });
}

int attach_to_device(int program, const Fd& netns, uint32_t ifindex, bpf_attach_type type, const Place& place,
                     const Linking& linking) {
  struct bpf_prog_attach_opts options;
  init_opts(options);
  options.flags = place.flags | (linking.replaced ? BPF_F_REPLACE : 0);
  options.replace_prog_fd = linking.replaced.value_or(0);
  options.relative_fd = place.fd;
  options.relative_id = place.id;
  options.expected_revision = place.revision;
  return in_netns(netns, [&] { return bpf_prog_attach_opts(program, static_cast<int>(ifindex), type, &options); });
}

}  // namespace ebpf
