#include "kernel/pidfd.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "internal/arguments.h"
#include "internal/errors.h"

namespace ebpf {

Napi::Value open_pidfd(const Napi::CallbackInfo& info) {
  const uint32_t pid = to_uint32(info[0], "pid");
  const auto fd = static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
  return Napi::Number::New(info.Env(), check(info.Env(), fd < 0 ? -errno : fd, "open process " + std::to_string(pid)));
}

}  // namespace ebpf
