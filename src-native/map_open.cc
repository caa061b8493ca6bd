#include <bpf/bpf.h>

#include <cerrno>

#include "arguments.h"
#include "errors.h"
#include "kernel_object.h"
#include "map.h"
#include "opts.h"

namespace ebpf {

Napi::Value Map::by_id(const Napi::CallbackInfo& info) {
  const uint32_t id = to_uint32(info[0], "id");
  const std::string operation = "open map with id " + std::to_string(id);
  Fd fd(check(info.Env(), bpf_map_get_fd_by_id(id), operation));
  return wrap(info.Env(), std::move(fd), operation);
}

Napi::Value Map::open_pinned(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto path = to_text(info[0], "path");
  struct bpf_obj_get_opts options;
  init_opts(options);
  options.file_flags = to_uint32(info[1], "flags");
  const std::string operation = "open map pinned at " + path;
  Fd fd(check(env, bpf_obj_get_opts(path.c_str(), &options), operation));
  if (!is_kind(fd, KernelObject::map))
    raise(env, {EINVAL, operation, {}, operation + ": what is pinned there is no map"});
  return wrap(env, std::move(fd), operation);
}

}  // namespace ebpf
