#pragma once

#include "internal/fd.h"
#include "internal/handle.h"

namespace ebpf {

/** NativeDescriptor of lib/internal/binding.ts: something in the kernel that lives as long as this descriptor. */
class Descriptor : public Handle<Descriptor> {
 public:
  static constexpr const char* class_name = "Descriptor";
  static constexpr napi_type_tag type_tag{0x5d3a1c2f7b604e91, 0x8f21d6a90b7c43e5};
  using Parts = Fd;

  static Napi::Function define(Napi::Env env);
  explicit Descriptor(const Napi::CallbackInfo& info);

  // int bpf_prog_get_fd_by_id(__u32 id)
  // openProgramById(id: number): NativeDescriptor
  static Napi::Value program_by_id(const Napi::CallbackInfo& info);

  // int bpf_obj_get_opts(const char *pathname, const struct bpf_obj_get_opts *opts)
  // openPinnedProgram(path: string): NativeDescriptor
  static Napi::Value pinned_program(const Napi::CallbackInfo& info);

  // int bpf_enable_stats(enum bpf_stats_type type)
  // enableStats(): NativeDescriptor
  static Napi::Value enable_stats(const Napi::CallbackInfo& info);

 private:
  // fd: number
  Napi::Value fd(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  Fd fd_;
};

}  // namespace ebpf
