#pragma once

#include <napi.h>

namespace ebpf {

// int bpf_prog_query_opts(int target, enum bpf_attach_type type, struct bpf_prog_query_opts *opts)
// queryPrograms(hook: NativeHook): NativeHookPrograms
Napi::Value query_programs(const Napi::CallbackInfo& info);

// int bpf_xdp_query(int ifindex, int flags, struct bpf_xdp_query_opts *opts)
// queryXdp(options: NativeInterface): { id: number; mode: "native" | "generic" | "hardware" }[]
Napi::Value query_xdp(const Napi::CallbackInfo& info);

}  // namespace ebpf
