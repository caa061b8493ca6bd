#pragma once

#include <napi.h>

namespace ebpf {

// int bpf_btf_get_fd_by_id(__u32 id)
// int bpf_btf_get_info_by_fd(int btf_fd, struct bpf_btf_info *info, __u32 *info_len)
// btfById(id: number): Uint8Array
Napi::Value btf_by_id(const Napi::CallbackInfo& info);

}  // namespace ebpf
