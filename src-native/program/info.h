#pragma once

#include <napi.h>

#include <string>

namespace ebpf {

// int bpf_prog_get_info_by_fd(int prog_fd, struct bpf_prog_info *info, __u32 *info_len)
/** BpfProgInfo of a program's descriptor, with its instructions if requested. */
Napi::Object program_info(Napi::Env env, int fd, const std::string& operation, bool instructions);

}  // namespace ebpf
