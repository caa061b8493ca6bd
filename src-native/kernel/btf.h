#pragma once

#include <napi.h>

#include <string>

namespace ebpf {

/** BtfInfo of a BTF descriptor. */
Napi::Object btf_info(Napi::Env env, int fd, const std::string& operation);

// int bpf_btf_get_fd_by_id(__u32 id)
// int bpf_btf_get_info_by_fd(int btf_fd, struct bpf_btf_info *info, __u32 *info_len)
// btfById(id: number): Uint8Array
Napi::Value btf_by_id(const Napi::CallbackInfo& info);

}  // namespace ebpf
