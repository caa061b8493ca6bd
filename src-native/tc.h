#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include "fd.h"

namespace ebpf {

/** The options that TCX and clsact share: NativeTcOptions. */
struct TcHook {
  Fd netns;
  uint32_t ifindex;
  bool ingress;

  static TcHook of(Napi::Object options);
};

enum class TcxAnchor { none, first, last };

/**
 * Descriptor of a TCX link, or a negative errno. Not by bpf_program__attach_tcx: that takes the direction from the
 * program's section, and this program may be meant for both.
 */
int create_tcx_link(int program, const TcHook& hook, TcxAnchor anchor);

/** One direct-action filter of a clsact qdisc. Removed with this object; the qdisc stays. */
class TcFilter {
 public:
  /** 0 for priority or handle lets the kernel choose. Negative errno in `error` on failure. */
  TcFilter(int program, TcHook hook, uint32_t priority, uint32_t handle, int& error);
  TcFilter(TcFilter&& other) noexcept : hook_(std::move(other.hook_)), filter_(std::exchange(other.filter_, {})) {}
  TcFilter& operator=(TcFilter&& other) = delete;
  ~TcFilter() { detach(); }

  /** Removes the filter where it is still ours: not if the interface is gone or another program has taken its place. */
  int detach();

 private:
  bpf_tc_hook location() const;

  TcHook hook_;
  /** handle, priority and prog_id as the kernel gave them; handle 0 when there is nothing to detach. */
  bpf_tc_opts filter_{};
};

}  // namespace ebpf
