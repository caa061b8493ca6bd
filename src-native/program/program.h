#pragma once

#include <memory>

#include "internal/handle.h"
#include "object/state.h"

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

  // attach(kind: NativeAttachKind, options: object): NativeLink
  // What each kind calls stands above it in attach/.
  Napi::Value attach(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  /** The program; raises if this handle or its object is closed. */
  bpf_program* open_program(Napi::Env env) const;
  std::string operation(const char* verb, const std::string& target = {}) const;

  std::shared_ptr<ObjectState> object_;
  bpf_program* program_;
  /** Outlives the object, for messages. */
  std::string name_;
};

}  // namespace ebpf
