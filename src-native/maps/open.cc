#include <bpf/bpf.h>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/pin.h"
#include "maps/map.h"

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
  const uint32_t flags = to_uint32(info[1], "flags");
  const std::string operation = "open map pinned at " + path;
  return wrap(env, open_pin(env, path, KernelObject::map, operation, flags), operation);
}

}  // namespace ebpf
