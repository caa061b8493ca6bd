#pragma once

#include <bpf/libbpf.h>

#include "fd.h"
#include "unlinked.h"

namespace ebpf {

/** One direct-action filter of a clsact qdisc. The qdisc stays when it is removed. */
class TcFilter : public Unlinked {
 public:
  struct Hook {
    Fd netns;
    uint32_t ifindex;
    bool ingress;
  };

  /**
   * Adds it, with the qdisc where that is missing; a negative errno on failure. In `filter` 0 for priority or handle lets
   * the kernel choose, and says afterwards what it chose.
   */
  static int add(const Hook& hook, bpf_tc_opts& filter);

  TcFilter(Hook hook, const bpf_tc_opts& added) : hook_(std::move(hook)), filter_(added) {}

  /** Removes it where it is still ours: not if the interface is gone or another program has taken its place. */
  int detach() override;

 private:
  Hook hook_;
  /** handle, priority and prog_id as the kernel gave them; handle 0 when there is nothing to detach. */
  bpf_tc_opts filter_;
};

}  // namespace ebpf
