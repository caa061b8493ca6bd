#pragma once

#include <napi.h>

#include <string>

#include "internal/fd.h"

namespace ebpf {

/**
 * The path of the cgroup with this id, below the mount; undefined if the cgroup is gone. It takes one system call,
 * however many cgroups there are, and needs CAP_DAC_READ_SEARCH.
 */
// int open_by_handle_at(int mount_fd, struct file_handle *handle, int flags)
// cgroupPath(mount: string, id: number): string | undefined
Napi::Value cgroup_path(const Napi::CallbackInfo& info);

struct Cgroup {
  /** Owned. */
  Fd directory;
  /** For messages: `cgroup /sys/fs/cgroup/x`. */
  std::string name;

  /** Opens the directory that `options.path` names, or takes `options.fd`; raises unless it belongs to cgroup2. */
  static Cgroup of(Napi::Object options);
};

}  // namespace ebpf
