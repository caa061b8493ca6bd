#pragma once

#include <napi.h>

#include <string>

namespace ebpf {

// int bpf_link_get_info_by_fd(int link_fd, struct bpf_link_info *info, __u32 *info_len)
/** NativeLinkInfo of a link's descriptor: what the kernel reports about its type. The descriptor must be a link's. */
Napi::Object link_info(Napi::Env env, int fd, const std::string& operation);

}  // namespace ebpf
