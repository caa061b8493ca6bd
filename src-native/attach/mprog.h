#pragma once

#include <bpf/bpf.h>
#include <napi.h>

#include <optional>

#include "attach/attach.h"
#include "internal/fd.h"

namespace ebpf {

/** OrderOptions of lib/link/attach/order.ts: the position among the programs of a hook, which the kernel calls mprog. */
struct Order {
  /** BPF_F_BEFORE, BPF_F_AFTER, and the flags that say how the relative is identified. */
  uint32_t flags = 0;
  int fd = 0;
  uint32_t id = 0;
  uint64_t revision = 0;

  static Order of(Napi::Object options);
};

/** LinkOptions of lib/link/attach/order.ts: without a link, the program is attached by BPF_PROG_ATTACH. */
struct LinkOptions {
  bool linked = true;
  /** The descriptor of the program to replace, which has no link either. */
  std::optional<int> replaced;

  static LinkOptions of(Napi::Object options);
};

/**
 * Returns the descriptor of a TCX or netkit link, or a negative errno. It does not use bpf_program__attach_tcx, which
 * takes the attach type from the program's section: this program may be meant for several.
 */
int create_device_link(int program, const Fd& netns, uint32_t ifindex, bpf_attach_type type, const Order& order);

/** Attaches to a TCX or netkit hook of an interface, by the options that the two share. */
Attachment attach_to_hook(AttachRequest& request, bpf_attach_type type);

}  // namespace ebpf
