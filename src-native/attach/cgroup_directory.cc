#include "attach/cgroup_directory.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>

#include "internal/arguments.h"
#include "internal/errors.h"

namespace ebpf {
namespace {

/** The handle of a cgroup2 file is its id (kernfs_encode_fh of fs/kernfs/mount.c). */
struct KernfsHandle {
  uint32_t size = sizeof(uint64_t);
  int type = 0xfe;  // FILEID_KERNFS
  uint64_t id;
};
static_assert(offsetof(KernfsHandle, id) == sizeof(file_handle));

}  // namespace

Napi::Value cgroup_path(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto mount = to_text(info[0], "mount");
  KernfsHandle handle{.id = to_uint64(info[1], "id")};
  const std::string operation = "find the cgroup with id " + std::to_string(handle.id) + " at " + mount;
  const Fd root(open(mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) raise(env, {errno, operation});
  const Fd directory(
      open_by_handle_at(root.get(), reinterpret_cast<file_handle*>(&handle), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory && (errno == ESTALE || errno == ENOENT)) return env.Undefined();
  if (!directory) raise(env, {errno, operation});
  char path[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(directory.get());
  const ssize_t length = readlink(link.c_str(), path, sizeof path);
  if (length < 0) raise(env, {errno, operation});
  return Napi::String::New(env, path, static_cast<size_t>(length));
}

Cgroup Cgroup::of(Napi::Object options) {
  const Napi::Env env = options.Env();
  const auto path = option(options, "path", to_text);
  const auto fd = option(options, "fd", to_fd);
  if (path.has_value() == fd.has_value()) {
    throw Napi::TypeError::New(env, "give either the path or the fd of the cgroup");
  }
  const std::string name = path ? *path : "of descriptor " + std::to_string(*fd);
  const std::string operation = "open cgroup " + name;
  Fd directory = path ? Fd(open(path->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) : Fd::duplicate(*fd);
  struct statfs file_system;
  if (!directory || fstatfs(directory.get(), &file_system) != 0) raise(env, {errno, operation});
  // The kernel would return EBADF.
  if (file_system.f_type != CGROUP2_SUPER_MAGIC) {
    raise(env, {EINVAL, operation, operation + ": it is not in a cgroup v2 hierarchy"});
  }
  return {std::move(directory), "cgroup " + name};
}

}  // namespace ebpf
