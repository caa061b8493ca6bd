#pragma once

#include <napi.h>

#include <string>

#include "internal/fd.h"

namespace ebpf {

/**
 * The path of the directory of the cgroup with that id, below the mount; undefined when the cgroup is gone. One system call finds it, however
 * many cgroups there are; it needs CAP_DAC_READ_SEARCH.
 */
// int open_by_handle_at(int mount_fd, struct file_handle *handle, int flags)
// cgroupPath(mount: string, id: number): string | undefined
Napi::Value cgroup_path(const Napi::CallbackInfo& info);

struct Cgroup {
  /** Owned. */
  Fd directory;
  /** For messages, `cgroup /sys/fs/cgroup/x`. */
  std::string name;

  /** The directory that `options.path` names or `options.fd` is; raises unless it is a cgroup2's. */
  static Cgroup of(Napi::Object options);
};

}  // namespace ebpf
