#include "link.h"

#include <cerrno>

#include "errors.h"
#include "log.h"

namespace ebpf {

Napi::Function Link::define(Napi::Env env) {
  return DefineClass(env, class_name, {InstanceAccessor<&Link::fd>("fd"), InstanceMethod<&Link::close>("close")});
}

Link::Link(const Napi::CallbackInfo& info)
    : Handle(info), attachment_(Addon::of(info.Env()).take_parts<Link>(info.Env())) {}

void Link::require_open(Napi::Env env) const {
  if (std::holds_alternative<std::monostate>(attachment_)) raise(env, {EBADF, "use link", {}, "the link is closed"});
}

StructOps* Link::struct_ops(Napi::Env env) {
  require_open(env);
  return std::get_if<StructOps>(&attachment_);
}

int Link::open_fd(Napi::Env env) const {
  require_open(env);
  if (const auto* link = std::get_if<1>(&attachment_)) {
    // One of USDT is several; libbpf says 0.
    return link->get_deleter().object ? -1 : bpf_link__fd(link->get());
  }
  if (const auto* fd = std::get_if<Fd>(&attachment_)) return fd->get();
  if (const auto* map = std::get_if<StructOps>(&attachment_)) return map->fd();
  return -1;
}

Napi::Value Link::fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), open_fd(info.Env()));
}

void Link::close(const Napi::CallbackInfo& info) {
  int error = 0;
  std::string log;
  if (auto* filter = std::get_if<TcFilter>(&attachment_)) {
    LogScope scope(log);
    error = filter->detach();
  }
  attachment_.emplace<std::monostate>();
  check(info.Env(), error, "detach from clsact", log);
}

}  // namespace ebpf
