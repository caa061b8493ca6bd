#pragma once

#include <napi.h>

#include <string>

#include "fd.h"

namespace ebpf {

struct Cgroup {
  /** Owned. */
  Fd directory;
  /** For messages, `cgroup /sys/fs/cgroup/x`. */
  std::string name;

  /** The directory that `options.path` names or `options.fd` is; raises unless it is a cgroup2's. */
  static Cgroup of(Napi::Object options);
};

}  // namespace ebpf
