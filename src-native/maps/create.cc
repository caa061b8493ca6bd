#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/opts.h"
#include "maps/map.h"

namespace ebpf {
namespace {

bool is_local_storage(bpf_map_type type) {
  return type == BPF_MAP_TYPE_SK_STORAGE || type == BPF_MAP_TYPE_INODE_STORAGE || type == BPF_MAP_TYPE_TASK_STORAGE ||
         type == BPF_MAP_TYPE_CGRP_STORAGE;
}

/**
 * The kernel requires a ring buffer's size to be a power of two and whole pages; the page size differs between
 * machines. So the size is rounded up, as libbpf does for an object's maps. If it is too large for that, the kernel
 * refuses it.
 */
uint32_t entries_of(bpf_map_type type, uint32_t given) {
  if ((type != BPF_MAP_TYPE_RINGBUF && type != BPF_MAP_TYPE_USER_RINGBUF) || given == 0) return given;
  uint64_t size = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  while (size < given) size *= 2;
  return size <= UINT32_MAX ? static_cast<uint32_t>(size) : given;
}

/**
 * The kernel does not create local storage without BTF (bpf_local_storage_map_alloc_check): an int for the key, a
 * struct of that many bytes for the value. The descriptor may be empty, with errno set.
 */
Fd storage_types(uint32_t value_size, bpf_map_create_opts& create) {
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__new_empty(), btf__free);
  if (!types) return {};
  const int integer = btf__add_int(types.get(), "int", 4, BTF_INT_SIGNED);
  const int byte = btf__add_int(types.get(), "unsigned char", 1, 0);
  const int bytes = btf__add_array(types.get(), integer, byte, value_size);
  const int value = btf__add_struct(types.get(), "value", value_size);
  if (btf__add_field(types.get(), "bytes", bytes, 0, 0) != 0) return {};
  uint32_t size;
  const void* data = btf__raw_data(types.get(), &size);
  if (data == nullptr) return {};
  bpf_btf_load_opts load;
  init_opts(load);
  Fd fd(bpf_btf_load(data, size, &load));
  create.btf_fd = static_cast<uint32_t>(fd.get());
  create.btf_key_type_id = static_cast<uint32_t>(integer);
  create.btf_value_type_id = static_cast<uint32_t>(value);
  return fd;
}

}  // namespace

Napi::Value Map::wrap(Napi::Env env, Fd fd, const std::string& operation, std::shared_ptr<void> arena,
                      const std::string& name) {
  if (!fd) raise(env, {errno, operation});
  MapInfo info = MapInfo::of(env, fd.get(), operation);
  if (!name.empty()) info.name = name;
  return Addon::of(env).create<Map>({std::move(fd), info, std::move(arena)});
}

Napi::Value Map::create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[0], "options");
  const auto type = static_cast<bpf_map_type>(to_uint32(options.Get("type"), "type"));
  const auto name = option(options, "name", to_text);
  const uint32_t key_size = to_uint32(options.Get("keySize"), "keySize");
  const uint32_t value_size = to_uint32(options.Get("valueSize"), "valueSize");
  const uint32_t max_entries = entries_of(type, to_uint32(options.Get("maxEntries"), "maxEntries"));
  bpf_map_create_opts create;
  init_opts(create);
  create.map_flags = option(options, "flags", to_uint32).value_or(0);
  create.inner_map_fd = option(options, "innerMapFd", to_fd).value_or(0);
  create.map_extra = option(options, "extra", to_cookie).value_or(0);
  create.map_ifindex = option(options, "ifindex", to_uint32).value_or(0);
  if (const auto node = option(options, "numaNode", to_uint32)) {
    create.numa_node = *node;
    create.map_flags |= BPF_F_NUMA_NODE;
  }
  const char* type_name = libbpf_bpf_map_type_str(type);
  const bool unnamed = name.value_or("").empty() && type_name != nullptr;
  const std::string operation = "create map " + (unnamed ? std::string("of type ") + type_name : name.value_or(""));
  Fd types;
  if (is_local_storage(type)) {
    types = storage_types(value_size, create);
    if (!types) raise(env, {errno, operation});
  }
  const char* map_name = name ? name->c_str() : nullptr;
  Fd fd(check(env, bpf_map_create(type, map_name, key_size, value_size, max_entries, &create), operation));
  return wrap(env, std::move(fd), operation);
}

}  // namespace ebpf
