#include <cerrno>

#include "arguments.h"
#include "errors.h"
#include "link.h"
#include "log.h"
#include "object.h"

namespace ebpf {

Napi::Value Object::attach_struct_ops(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_loaded(env);
  const bpf_map* map = state_->map_at(info[0]);
  std::string log;
  int error;
  StructOps attached = [&] {
    LogScope scope(log);
    return StructOps(map, error);
  }();
  state_->log += log;
  check(env, error, std::string("attach map ") + bpf_map__name(map), log);
  return Addon::of(env).create<Link>(std::move(attached));
}

void Object::update_struct_ops(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  StructOps* attached = Link::Unwrap(to_object(info[0], "link"))->struct_ops(env);
  state_->require_loaded(env);
  const bpf_map* map = state_->map_at(info[1]);
  std::string log;
  const int error = [&] {
    LogScope scope(log);
    return attached ? attached->update(map) : -EINVAL;
  }();
  state_->log += log;
  check(env, error, std::string("update a struct_ops link to map ") + bpf_map__name(map), log);
}

}  // namespace ebpf
