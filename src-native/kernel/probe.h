#pragma once

#include <napi.h>

namespace ebpf {

// const char *libbpf_bpf_{prog,map,attach,link}_type_str(enum ... t)
// typeNames(): { program: string[]; map: string[]; attach: string[]; link: string[]; helper: string[] }
Napi::Value type_names(const Napi::CallbackInfo& info);

// int libbpf_probe_bpf_prog_type(enum bpf_prog_type prog_type, const void *opts)
// probeProgramType(type: number): boolean
Napi::Value probe_program_type(const Napi::CallbackInfo& info);

// int libbpf_probe_bpf_map_type(enum bpf_map_type map_type, const void *opts)
// probeMapType(type: number): boolean
Napi::Value probe_map_type(const Napi::CallbackInfo& info);

// int libbpf_probe_bpf_helper(enum bpf_prog_type prog_type, enum bpf_func_id helper_id, const void *opts)
// probeHelper(program: number, helper: number): boolean
Napi::Value probe_helper(const Napi::CallbackInfo& info);

// int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
//                     const struct bpf_link_create_opts *opts)
// probeLink(kind: 'tcx' | 'netkit' | 'kprobe.multi' | 'uprobe.multi' | 'fentry' | 'tp_btf' | 'perf_event'): number
Napi::Value probe_link(const Napi::CallbackInfo& info);

// isRefused(call: SystemCall): boolean
Napi::Value is_refused(const Napi::CallbackInfo& info);

}  // namespace ebpf
