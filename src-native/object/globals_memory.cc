#include "object/globals_memory.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <cstring>

// From our libbpf (libbpf/fixes/object.mjs): where an arena's variables are once it is loaded.
extern "C" size_t bpf_map__arena_data_off(const struct bpf_map* map);

namespace ebpf {

Globals::Globals(const bpf_map* map, bool loaded, bool shared) : map_(map), loaded_(loaded) {
  if (!bpf_map__is_internal(map) && bpf_map__type(map) != BPF_MAP_TYPE_ARENA) return;
  memory_ = static_cast<uint8_t*>(bpf_map__initial_value(map, &size_));
  if (loaded && shared) memory_ = nullptr;
  if (memory_ == nullptr) size_ = loaded ? bpf_map__value_size(map) : 0;
}

Globals::Globals(const bpf_map* arena, void* pages) : map_(arena), loaded_(true) {
  if (pages == nullptr) return;
  memory_ = static_cast<uint8_t*>(pages) + bpf_map__arena_data_off(arena);
  bpf_map__initial_value(arena, &size_);
}

bool Globals::read_only() const {
  return loaded_ && (bpf_map__map_flags(map_) & BPF_F_RDONLY_PROG) != 0;
}

bool Globals::kernel_config() const {
  const char* name = bpf_map__name(map_);
  const size_t length = strlen(name);
  return length >= 8 && strcmp(name + length - 8, ".kconfig") == 0;
}

int Globals::read(size_t offset, void* bytes, size_t length) const {
  if (length == 0) return 0;
  if (memory_ != nullptr) {
    memcpy(bytes, memory_ + offset, length);
    return 0;
  }
  const uint32_t key = 0;
  std::vector<uint8_t> image(size_);
  if (bpf_map_lookup_elem(bpf_map__fd(map_), &key, image.data()) != 0) return -errno;
  memcpy(bytes, image.data() + offset, length);
  return 0;
}

int Globals::write(size_t offset, const void* bytes, size_t length) const {
  if (length == 0) return 0;
  if (memory_ != nullptr) {
    memcpy(memory_ + offset, bytes, length);
    return 0;
  }
  const uint32_t key = 0;
  std::vector<uint8_t> image(size_);
  if (bpf_map_lookup_elem(bpf_map__fd(map_), &key, image.data()) != 0) return -errno;
  memcpy(image.data() + offset, bytes, length);
  return bpf_map_update_elem(bpf_map__fd(map_), &key, image.data(), BPF_ANY) != 0 ? -errno : 0;
}

}  // namespace ebpf
