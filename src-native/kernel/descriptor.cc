#include "kernel/descriptor.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/pin.h"

namespace ebpf {

Napi::Function Descriptor::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {InstanceAccessor<&Descriptor::fd>("fd"), InstanceMethod<&Descriptor::close>("close")});
}

Descriptor::Descriptor(const Napi::CallbackInfo& info)
    : Handle(info), fd_(Addon::of(info.Env()).take_parts<Descriptor>(info.Env())) {}

Napi::Value Descriptor::program_by_id(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t id = to_uint32(info[0], "id");
  Fd fd(check(env, bpf_prog_get_fd_by_id(id), "open program with id " + std::to_string(id)));
  return Addon::of(env).create<Descriptor>(std::move(fd));
}

Napi::Value Descriptor::pinned_program(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto path = to_text(info[0], "path");
  return Addon::of(env).create<Descriptor>(
      open_pin(env, path, KernelObject::program, "open program pinned at " + path));
}

Napi::Value Descriptor::enable_stats(const Napi::CallbackInfo& info) {
  Fd fd(check(info.Env(), bpf_enable_stats(BPF_STATS_RUN_TIME), "enable statistics"));
  return Addon::of(info.Env()).create<Descriptor>(std::move(fd));
}

Napi::Value Descriptor::fd(const Napi::CallbackInfo& info) {
  if (!fd_) raise(info.Env(), {EBADF, "use descriptor", "the handle is closed"});
  return Napi::Number::New(info.Env(), fd_.get());
}

void Descriptor::close(const Napi::CallbackInfo&) {
  fd_.reset();
}

}  // namespace ebpf
