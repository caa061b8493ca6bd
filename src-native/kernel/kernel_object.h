#pragma once

#include <napi.h>

#include <string>

#include "internal/fd.h"

namespace ebpf {

/** What the kernel gives ids and info to. */
enum class KernelObject { program, map, link, btf };

/** `program`, `map`, `link` or `btf`; TypeError for anything else. */
KernelObject to_kernel_object(Napi::Value value, const char* name);

/** The name, as `to_kernel_object` takes it. */
const char* name_of(KernelObject kind);

/** Empty, with errno set, if there is none. */
Fd open_by_id(KernelObject kind, uint32_t id);

bool is_kind(const Fd& fd, KernelObject kind);

/**
 * Raises EINVAL unless the descriptor is of that kind. The kernel fills in the structure that fits the descriptor, so
 * this is checked before any descriptor from JavaScript is described.
 */
void require_kind(Napi::Env env, int fd, KernelObject kind, const std::string& operation);

// int bpf_{prog,map,link,btf}_get_next_id(__u32 start_id, __u32 *next_id)
// nextId(kind: keyof NativeInfos, id: number): number | undefined
Napi::Value next_id(const Napi::CallbackInfo& info);

// int bpf_{prog,map,link,btf}_get_fd_by_id(__u32 id), bpf_{prog,map,link,btf}_get_info_by_fd
// infoById<K extends keyof NativeInfos>(kind: K, id: number): NativeInfos[K]
Napi::Value info_by_id(const Napi::CallbackInfo& info);

// int bpf_prog_get_info_by_fd(int prog_fd, struct bpf_prog_info *info, __u32 *info_len)
// programInfo(fd: number, name: string, options: { instructions?: boolean }): BpfProgInfo
Napi::Value program_info_of(const Napi::CallbackInfo& info);

// int bpf_prog_test_run_opts(int prog_fd, struct bpf_test_run_opts *opts)
// runProgram(fd: number, name: string, options: NativeRunOptions): NativeRunResult
Napi::Value run_program(const Napi::CallbackInfo& info);

// int bpf_prog_stream_read(int prog_fd, __u32 stream_id, void *buf, __u32 buf_len,
//                          struct bpf_prog_stream_read_opts *opts)
// readProgramStream(fd: number, stream: number): Uint8Array
Napi::Value read_program_stream(const Napi::CallbackInfo& info);

// int bpf_prog_assoc_struct_ops(int prog_fd, int map_fd, struct bpf_prog_assoc_struct_ops_opts *opts)
// associateStructOps(programFd: number, mapFd: number): void
void associate_struct_ops(const Napi::CallbackInfo& info);

// linkInfo(fd: number): NativeLinkInfo
Napi::Value link_info_of(const Napi::CallbackInfo& info);

// int bpf_obj_pin(int fd, const char *pathname)
// pinObject(fd: number, path: string): void
void pin_object(const Napi::CallbackInfo& info);

}  // namespace ebpf
