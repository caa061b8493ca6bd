#include "attach/struct_ops.h"

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "link/link.h"
#include "object/object.h"

namespace ebpf {

Napi::Value Object::attach_struct_ops(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_loaded(env);
  const bpf_map* map = state_->map_at(info[0]);
  const std::string name = bpf_map__name(map);
  std::string log;
  Attachment attachment = [&] {
    LogScope scope(log, state_->listener());
    return ebpf::attach_struct_ops(map);
  }();
  state_->report(env);
  check(env, -attachment.error, "attach map " + name, log);
  return Addon::of(env).create<Link>({std::move(attachment.attached), "map " + name, {}, true});
}

void Object::update_struct_ops(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  bpf_link* link = Link::Unwrap(to_object(info[0], "link"))->struct_ops_link(env);
  state_->require_loaded(env);
  const bpf_map* map = state_->map_at(info[1]);
  std::string log;
  const int error = [&] {
    LogScope scope(log, state_->listener());
    return link ? bpf_link__update_map(link, map) : -EINVAL;
  }();
  const std::string operation = std::string("update a struct_ops link to map ") + bpf_map__name(map);
  state_->report(env);
  check(env, error, operation, log);
}

}  // namespace ebpf
