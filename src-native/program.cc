#include "program.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "arguments.h"
#include "errors.h"
#include "link.h"
#include "log.h"
#include "opts.h"
#include "tc.h"
#include "test_run.h"

namespace ebpf {

Napi::Function Program::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&Program::fd>("fd"),
                         InstanceMethod<&Program::attach>("attach"),
                         InstanceMethod<&Program::attach_kprobe>("attachKprobe"),
                         InstanceMethod<&Program::attach_tracepoint>("attachTracepoint"),
                         InstanceMethod<&Program::attach_raw_tracepoint>("attachRawTracepoint"),
                         InstanceMethod<&Program::attach_tcx>("attachTcx"),
                         InstanceMethod<&Program::attach_clsact>("attachClsact"),
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

Napi::Value Program::link(Napi::Env env, const std::string& target, const std::function<bpf_link*()>& attach) {
  std::string log;
  std::unique_ptr<bpf_link, LinkDestroyer> link;
  int error;
  {
    LogScope scope(log);
    link.reset(attach());
    error = errno;
  }
  object_->log += log;
  if (!link) raise(env, {error, operation("attach", target), log});
  return Addon::of(env).create<Link>(std::move(link));
}

Napi::Value Program::fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), bpf_program__fd(open_program(info.Env())));
}

Napi::Value Program::attach(const Napi::CallbackInfo& info) {
  const bpf_program* program = open_program(info.Env());
  return link(info.Env(), bpf_program__section_name(program), [&] { return bpf_program__attach(program); });
}

Napi::Value Program::attach_kprobe(const Napi::CallbackInfo& info) {
  const auto options = to_object(info[0], "options");
  const auto symbol = to_text(options.Get("symbol"), "symbol");
  auto kprobe = make_opts<bpf_kprobe_opts>();
  kprobe.offset = option(options, "offset", to_uint64).value_or(0);
  kprobe.retprobe = option(options, "retprobe", to_boolean).value_or(false);
  kprobe.bpf_cookie = option(options, "cookie", to_cookie).value_or(0);
  const bpf_program* program = open_program(info.Env());
  return link(info.Env(), (kprobe.retprobe ? "kretprobe " : "kprobe ") + symbol,
              [&] { return bpf_program__attach_kprobe_opts(program, symbol.c_str(), &kprobe); });
}

Napi::Value Program::attach_tracepoint(const Napi::CallbackInfo& info) {
  const auto options = to_object(info[0], "options");
  const auto category = to_text(options.Get("category"), "category");
  const auto name = to_text(options.Get("name"), "name");
  auto tracepoint = make_opts<bpf_tracepoint_opts>();
  tracepoint.bpf_cookie = option(options, "cookie", to_cookie).value_or(0);
  const bpf_program* program = open_program(info.Env());
  return link(info.Env(), "tracepoint " + category + "/" + name, [&] {
    return bpf_program__attach_tracepoint_opts(program, category.c_str(), name.c_str(), &tracepoint);
  });
}

Napi::Value Program::attach_raw_tracepoint(const Napi::CallbackInfo& info) {
  const auto options = to_object(info[0], "options");
  const auto name = to_text(options.Get("name"), "name");
  auto tracepoint = make_opts<bpf_raw_tracepoint_opts>();
  tracepoint.cookie = option(options, "cookie", to_cookie).value_or(0);
  const bpf_program* program = open_program(info.Env());
  return link(info.Env(), "raw tracepoint " + name,
              [&] { return bpf_program__attach_raw_tracepoint_opts(program, name.c_str(), &tracepoint); });
}

Napi::Value Program::attach_tcx(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[0], "options");
  const auto place = option(options, "anchor", to_text);
  if (place && *place != "first" && *place != "last") {
    throw Napi::TypeError::New(env, "anchor must be 'first' or 'last', not '" + *place + "'");
  }
  const TcxAnchor anchor = !place ? TcxAnchor::none : *place == "first" ? TcxAnchor::first : TcxAnchor::last;
  const TcHook hook = TcHook::of(options);
  const int program = bpf_program__fd(open_program(env));
  Fd link(check(env, ebpf::attach_tcx(program, hook, anchor), operation("attach", "tcx")));
  return Addon::of(env).create<Link>(std::move(link));
}

Napi::Value Program::attach_clsact(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[0], "options");
  const uint32_t priority = option(options, "priority", to_uint32).value_or(0);
  const uint32_t handle = option(options, "handle", to_uint32).value_or(0);
  TcHook hook = TcHook::of(options);
  const int program = bpf_program__fd(open_program(env));
  std::string log;
  LogScope scope(log);
  int error;
  TcFilter filter(program, std::move(hook), priority, handle, error);
  object_->log += log;
  check(env, error, operation("attach", "clsact"), log);
  return Addon::of(env).create<Link>(std::move(filter));
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
