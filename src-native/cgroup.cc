#include "cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include <cerrno>

#include "arguments.h"
#include "errors.h"

namespace ebpf {

Cgroup Cgroup::of(Napi::Object options) {
  const Napi::Env env = options.Env();
  const auto path = option(options, "path", to_text);
  const auto fd = option(options, "fd", to_fd);
  if (path.has_value() == fd.has_value()) {
    throw Napi::TypeError::New(env, "a cgroup is named either by its path or by its fd");
  }
  const std::string name = path ? *path : "of descriptor " + std::to_string(*fd);
  const std::string operation = "open cgroup " + name;
  Fd directory = path ? Fd(open(path->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) : Fd::duplicate(*fd);
  struct statfs file_system;
  if (!directory || fstatfs(directory.get(), &file_system) != 0) raise(env, {errno, operation});
  // The kernel's own answer would be EBADF.
  if (file_system.f_type != CGROUP2_SUPER_MAGIC) {
    raise(env, {EINVAL, operation, {}, operation + ": it is not of the unified hierarchy, cgroup2"});
  }
  return {std::move(directory), "cgroup " + name};
}

}  // namespace ebpf
