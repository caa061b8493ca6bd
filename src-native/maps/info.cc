#include "maps/info.h"

#include <bpf/libbpf.h>

#include "internal/errors.h"

namespace ebpf {
namespace {

/**
 * bpf_map_value_size() of kernel/bpf/syscall.c. For a type whose size the addon does not know, the kernel would write
 * past the end.
 */
size_t size_of_value(Napi::Env env, const bpf_map_info& info) {
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

MapInfo MapInfo::of(Napi::Env env, int fd, const std::string& operation) {
  bpf_map_info kernel{};
  uint32_t length = sizeof kernel;
  check(env, bpf_map_get_info_by_fd(fd, &kernel, &length), operation);
  return {kernel, size_of_value(env, kernel), kernel.name};
}

Napi::Object MapInfo::describe(Napi::Env env) const {
  auto description = Napi::Object::New(env);
  description["id"] = kernel.id;
  description["name"] = name;
  description["type"] = kernel.type;
  description["keySize"] = kernel.key_size;
  description["valueSize"] = kernel.value_size;
  description["userValueSize"] = static_cast<double>(user_value_size);
  description["maxEntries"] = kernel.max_entries;
  description["flags"] = kernel.map_flags;
  description["extra"] = Napi::BigInt::New(env, uint64_t{kernel.map_extra});
  description["ifindex"] = kernel.ifindex;
  description["btfId"] = kernel.btf_id;
  description["btfKeyTypeId"] = kernel.btf_key_type_id;
  description["btfValueTypeId"] = kernel.btf_value_type_id;
  description["btfVmlinuxValueTypeId"] = kernel.btf_vmlinux_value_type_id;
  return description;
}

}  // namespace ebpf
