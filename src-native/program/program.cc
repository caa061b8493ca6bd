#include "program/program.h"

#include <cerrno>

#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "link/link.h"

namespace ebpf {

Napi::Function Program::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&Program::fd>("fd"),
                         InstanceMethod<&Program::attach>("attach"),
                         InstanceMethod<&Program::close>("close"),
                     });
}

Program::Program(const Napi::CallbackInfo& info) : Handle(info) {
  auto parts = Addon::of(info.Env()).take_parts<Program>(info.Env());
  object_ = std::move(parts.object);
  program_ = parts.program;
  name_ = bpf_program__name(program_);
}

bpf_program* Program::open_program(Napi::Env env) const {
  if (!object_) raise(env, {EBADF, operation("use"), "program " + name_ + " is closed"});
  object_->require_loaded(env);
  return program_;
}

std::string Program::operation(const char* verb, const std::string& target) const {
  const std::string what = std::string(verb) + " " + name_;
  return target.empty() ? what : what + " to " + target;
}

Napi::Value Program::fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), bpf_program__fd(open_program(info.Env())));
}

Napi::Value Program::attach(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Attach attach = attach_by_kind(env, to_text(info[0], "kind"));
  AttachRequest request{env, [&] { return open_program(env); }, object_, to_object(info[1], "options"), {}};
  open_program(env);
  const auto object = object_;
  std::string log;
  Attachment attachment = [&] {
    LogScope scope(log, object->listener());
    return attach(request);
  }();
  object->report(env);  // may close this handle
  if (attachment.error != 0) raise(env, attachment.failure(operation("attach", request.target), log));
  return Addon::of(env).create<Link>({std::move(attachment.attached), name_ + " to " + request.target});
}

void Program::close(const Napi::CallbackInfo&) {
  object_.reset();
}

}  // namespace ebpf
