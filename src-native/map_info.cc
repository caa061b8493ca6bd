#include "map_info.h"

#include <bpf/bpf.h>

#include "errors.h"

namespace ebpf {

Napi::Object map_info(Napi::Env env, int fd, const std::string& operation) {
  bpf_map_info map{};
  uint32_t length = sizeof map;
  check(env, bpf_map_get_info_by_fd(fd, &map, &length), operation);
  auto description = Napi::Object::New(env);
  description["id"] = map.id;
  description["type"] = map.type;
  description["name"] = map.name;
  description["keySize"] = map.key_size;
  description["valueSize"] = map.value_size;
  description["maxEntries"] = map.max_entries;
  description["flags"] = map.map_flags;
  description["extra"] = Napi::BigInt::New(env, uint64_t{map.map_extra});
  description["ifindex"] = map.ifindex;
  description["btfId"] = map.btf_id;
  description["btfKeyTypeId"] = map.btf_key_type_id;
  description["btfValueTypeId"] = map.btf_value_type_id;
  description["btfVmlinuxValueTypeId"] = map.btf_vmlinux_value_type_id;
  return description;
}

}  // namespace ebpf
