#include <bpf/libbpf.h>

#include <cerrno>

#include "arguments.h"
#include "errors.h"
#include "map.h"
#include "opts.h"

namespace ebpf {
namespace {

/** bpf_map_value_size() of kernel/bpf/syscall.c; a size that the addon does not know would be written past. */
size_t user_value_size(Napi::Env env, const bpf_map_info& info) {
  switch (info.type) {
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
      return (size_t{info.value_size} + 7) / 8 * 8 * check(env, libbpf_num_possible_cpus(), "count possible CPUs");
    default:
      return info.value_size;
  }
}

}  // namespace

Napi::Value Map::wrap(Napi::Env env, Fd fd, const std::string& operation) {
  if (!fd) raise(env, {errno, operation});
  bpf_map_info info{};
  uint32_t length = sizeof info;
  check(env, bpf_map_get_info_by_fd(fd.get(), &info, &length), operation);
  const size_t value_size = user_value_size(env, info);
  return Addon::of(env).create<Map>({std::move(fd), info, value_size});
}

Napi::Value Map::create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[0], "options");
  const auto type = static_cast<bpf_map_type>(to_uint32(options.Get("type"), "type"));
  const auto name = option(options, "name", to_text);
  const uint32_t key_size = to_uint32(options.Get("keySize"), "keySize");
  const uint32_t value_size = to_uint32(options.Get("valueSize"), "valueSize");
  const uint32_t max_entries = to_uint32(options.Get("maxEntries"), "maxEntries");
  auto create = make_opts<bpf_map_create_opts>();
  create.map_flags = option(options, "flags", to_uint32).value_or(0);
  create.inner_map_fd = option(options, "innerMapFd", to_uint32).value_or(0);
  const std::string operation = "create map " + name.value_or("");
  const char* map_name = name ? name->c_str() : nullptr;
  Fd fd(check(env, bpf_map_create(type, map_name, key_size, value_size, max_entries, &create), operation));
  return wrap(env, std::move(fd), operation);
}

Napi::Value Map::by_id(const Napi::CallbackInfo& info) {
  const uint32_t id = to_uint32(info[0], "id");
  const std::string operation = "open map with id " + std::to_string(id);
  Fd fd(check(info.Env(), bpf_map_get_fd_by_id(id), operation));
  return wrap(info.Env(), std::move(fd), operation);
}

}  // namespace ebpf
