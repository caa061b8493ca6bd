#pragma once

#include <napi.h>

#include <string>

namespace ebpf {

// int bpf_map_get_info_by_fd(int map_fd, struct bpf_map_info *info, __u32 *info_len)
/** NativeKernelMapInfo of a map's descriptor. */
Napi::Object map_info(Napi::Env env, int fd, const std::string& operation);

}  // namespace ebpf
