#pragma once

#include <bpf/bpf.h>
#include <napi.h>

#include <string>

namespace ebpf {

/** BpfMapInfo: what the kernel reports about a map, and how much a lookup writes. */
struct MapInfo {
  bpf_map_info kernel;
  /** Bytes of a value, as a lookup writes it. */
  size_t user_value_size;
  /** The kernel's name, of at most 15 bytes, or the full name if it comes from an object. */
  std::string name;

  // int bpf_map_get_info_by_fd(int map_fd, struct bpf_map_info *info, __u32 *info_len)
  /** The descriptor must be a map's. */
  static MapInfo of(Napi::Env env, int fd, const std::string& operation);

  Napi::Object describe(Napi::Env env) const;
};

}  // namespace ebpf
