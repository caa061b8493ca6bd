#pragma once

#include <napi.h>

namespace ebpf {

// int pidfd_open(pid_t pid, unsigned int flags)
// openPidfd(pid: number): number
Napi::Value open_pidfd(const Napi::CallbackInfo& info);

}  // namespace ebpf
