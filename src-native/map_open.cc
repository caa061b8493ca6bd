#include <unistd.h>

#include <cerrno>

#include "arguments.h"
#include "errors.h"
#include "map.h"
#include "opts.h"

namespace ebpf {
namespace {

/** A pinned program or link would be described as if it were a map. */
bool is_map(int fd) {
  char target[64];
  const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
  return length >= 0 && std::string(target, static_cast<size_t>(length)) == "anon_inode:bpf-map";
}

}  // namespace

Napi::Value Map::by_id(const Napi::CallbackInfo& info) {
  const uint32_t id = to_uint32(info[0], "id");
  const std::string operation = "open map with id " + std::to_string(id);
  Fd fd(check(info.Env(), bpf_map_get_fd_by_id(id), operation));
  return wrap(info.Env(), std::move(fd), operation);
}

Napi::Value Map::next_id(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint32_t id;
  const int error = bpf_map_get_next_id(to_uint32(info[0], "after"), &id);
  if (error == -ENOENT) return env.Undefined();
  check(env, error, "list maps");
  return Napi::Number::New(env, id);
}

Napi::Value Map::open_pinned(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto path = to_text(info[0], "path");
  struct bpf_obj_get_opts options;
  init_opts(options);
  options.file_flags = to_uint32(info[1], "flags");
  const std::string operation = "open map pinned at " + path;
  Fd fd(check(env, bpf_obj_get_opts(path.c_str(), &options), operation));
  if (!is_map(fd.get())) raise(env, {EINVAL, operation, {}, operation + ": what is pinned there is no map"});
  return wrap(env, std::move(fd), operation);
}

}  // namespace ebpf
