#pragma once

#include <functional>
#include <memory>

#include "handle.h"
#include "object_state.h"

namespace ebpf {

/** NativeProgram of lib/internal/binding.ts. */
class Program : public Handle<Program> {
 public:
  static constexpr const char* class_name = "Program";
  static constexpr napi_type_tag type_tag{0xa843cd3a53dfb541, 0xafa170fb609a3005};
  struct Parts {
    std::shared_ptr<ObjectState> object;
    bpf_program* program;
  };

  static Napi::Function define(Napi::Env env);
  explicit Program(const Napi::CallbackInfo& info);

 private:
  // int bpf_program__fd(const struct bpf_program *prog)
  // fd: number
  Napi::Value fd(const Napi::CallbackInfo& info);

  // struct bpf_link *bpf_program__attach(const struct bpf_program *prog)
  // attach(): NativeLink
  Napi::Value attach(const Napi::CallbackInfo& info);

  // struct bpf_link *bpf_program__attach_kprobe_opts(const struct bpf_program *prog, const char *func_name,
  //                                                  const struct bpf_kprobe_opts *opts)
  // attachKprobe(options: { symbol: string; offset?: number; retprobe?: boolean; cookie?: bigint }): NativeLink
  Napi::Value attach_kprobe(const Napi::CallbackInfo& info);

  // struct bpf_link *bpf_program__attach_tracepoint_opts(const struct bpf_program *prog, const char *tp_category,
  //                                                      const char *tp_name, const struct bpf_tracepoint_opts *opts)
  // attachTracepoint(options: { category: string; name: string; cookie?: bigint }): NativeLink
  Napi::Value attach_tracepoint(const Napi::CallbackInfo& info);

  // struct bpf_link *bpf_program__attach_raw_tracepoint_opts(const struct bpf_program *prog, const char *tp_name,
  //                                                          struct bpf_raw_tracepoint_opts *opts)
  // attachRawTracepoint(options: { name: string; cookie?: bigint }): NativeLink
  Napi::Value attach_raw_tracepoint(const Napi::CallbackInfo& info);

  // int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
  //                     const struct bpf_link_create_opts *opts)
  // attachTcx(options: NativeTcxOptions): NativeLink
  Napi::Value attach_tcx(const Napi::CallbackInfo& info);

  // int bpf_tc_hook_create(struct bpf_tc_hook *hook)
  // int bpf_tc_attach(const struct bpf_tc_hook *hook, struct bpf_tc_opts *opts)
  // attachClsact(options: NativeTcOptions & { priority?: number; handle?: number }): NativeLink
  Napi::Value attach_clsact(const Napi::CallbackInfo& info);

  // int bpf_prog_test_run_opts(int prog_fd, struct bpf_test_run_opts *opts)
  // run(options: NativeRunOptions): NativeRunResult
  Napi::Value run(const Napi::CallbackInfo& info);

  // int bpf_prog_get_info_by_fd(int prog_fd, struct bpf_prog_info *info, __u32 *info_len)
  // info(options: { instructions?: boolean }): NativeProgramInfo
  Napi::Value info(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  /** The program, as long as neither this handle nor its object is closed. */
  bpf_program* open_program(Napi::Env env) const;
  std::string operation(const char* verb, const std::string& target = {}) const;
  /** What `attach` returns as a handle, or errno and libbpf's words raised. */
  Napi::Value link(Napi::Env env, const std::string& target, const std::function<bpf_link*()>& attach);

  std::shared_ptr<ObjectState> object_;
  bpf_program* program_;
  /** Outlives the object, for messages. */
  std::string name_;
};

}  // namespace ebpf
