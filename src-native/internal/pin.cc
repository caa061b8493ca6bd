#include "internal/pin.h"

#include <bpf/bpf.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>

#include "internal/errors.h"
#include "internal/opts.h"

namespace ebpf {
namespace {

/** The kernel would return EPERM. */
void require_bpffs(Napi::Env env, const std::string& path, const std::string& operation) {
  struct statfs file_system;
  if (statfs(path.c_str(), &file_system) != 0) raise(env, {errno, operation});
  if (file_system.f_type == BPF_FS_MAGIC) return;
  raise(env,
        {EINVAL, operation, operation + ": " + path + " is not on a bpffs; mount one: mount -t bpf bpf /sys/fs/bpf"});
}

}  // namespace

void pin_fd(Napi::Env env, int fd, const std::string& path, const std::string& operation) {
  const std::string full = operation + " at " + path;
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) raise(env, {errno, full});
  require_bpffs(env, directory, full);
  check(env, bpf_obj_pin(fd, path.c_str()), full);
}

Fd open_pin(Napi::Env env, const std::string& path, KernelObject kind, const std::string& operation, uint32_t flags) {
  require_bpffs(env, path, operation);
  struct bpf_obj_get_opts options;
  init_opts(options);
  options.file_flags = flags;
  Fd fd(bpf_obj_get_opts(path.c_str(), &options));
  if (!fd) raise(env, {errno, operation});
  if (is_kind(fd, kind)) return fd;
  raise(env, {EINVAL, operation, operation + ": what is pinned there is not a " + name_of(kind)});
}

}  // namespace ebpf
