#include <cerrno>

#include "arguments.h"
#include "errors.h"
#include "link.h"
#include "log.h"
#include "opts.h"
#include "program.h"
#include "tc.h"

namespace ebpf {

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

}  // namespace ebpf
