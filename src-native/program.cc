#include "program.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "arguments.h"
#include "attach.h"
#include "errors.h"
#include "link.h"
#include "log.h"
#include "test_run.h"

namespace ebpf {

Napi::Function Program::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&Program::fd>("fd"),
                         InstanceMethod<&Program::attach>("attach"),
                         InstanceMethod<&Program::run>("run"),
                         InstanceMethod<&Program::info>("info"),
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
  if (!object_) raise(env, {EBADF, operation("use"), {}, "program " + name_ + " is closed"});
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
  AttachRequest request{env, [&] { return open_program(env); }, to_object(info[1], "options"), {}};
  std::string log;
  Attachment attachment = [&] {
    LogScope scope(log);
    return attach(request);
  }();
  object_->log += log;
  if (attachment.error != 0) raise(env, {attachment.error, operation("attach", request.target), log});
  return Addon::of(env).create<Link>({std::move(attachment.attached), name_ + " to " + request.target});
}

Napi::Value Program::run(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  TestRun run(to_object(info[0], "options"));
  check(env, run.execute(bpf_program__fd(open_program(env))), operation("run"));
  return run.result(env);
}

Napi::Value Program::info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = bpf_program__fd(open_program(env));
  bpf_prog_info sizes{};
  uint32_t length = sizeof sizes;
  check(env, bpf_prog_get_info_by_fd(fd, &sizes, &length), operation("describe"));
  std::vector<uint32_t> ids(sizes.nr_map_ids);
  bpf_prog_info program{};
  program.nr_map_ids = sizes.nr_map_ids;
  program.map_ids = reinterpret_cast<uintptr_t>(ids.data());
  length = sizeof program;
  check(env, bpf_prog_get_info_by_fd(fd, &program, &length), operation("describe"));

  std::string tag;
  for (const uint8_t byte : program.tag) {
    for (const uint8_t nibble : {byte >> 4, byte & 15}) tag += "0123456789abcdef"[nibble];
  }
  auto map_ids = Napi::Array::New(env);
  for (size_t i = 0; i < std::min<size_t>(ids.size(), program.nr_map_ids); i++) map_ids[i] = ids[i];
  auto description = Napi::Object::New(env);
  description["id"] = program.id;
  description["type"] = program.type;
  description["name"] = program.name;
  description["tag"] = tag;
  description["loadTime"] = Napi::BigInt::New(env, uint64_t{program.load_time});
  description["mapIds"] = map_ids;
  description["runTime"] = Napi::BigInt::New(env, uint64_t{program.run_time_ns});
  description["runCount"] = Napi::BigInt::New(env, uint64_t{program.run_cnt});
  description["verifiedInstructions"] = program.verified_insns;
  return description;
}

void Program::close(const Napi::CallbackInfo&) {
  object_.reset();
}

}  // namespace ebpf
