#include "map.h"

#include <cerrno>

#include "arguments.h"
#include "errors.h"

namespace ebpf {

Napi::Function Map::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&Map::fd>("fd"),
                         InstanceAccessor<&Map::description>("info"),
                         InstanceMethod<&Map::lookup>("lookup"),
                         InstanceMethod<&Map::lookup_and_delete>("lookupAndDelete"),
                         InstanceMethod<&Map::update>("update"),
                         InstanceMethod<&Map::update_async>("updateAsync"),
                         InstanceMethod<&Map::remove>("delete"),
                         InstanceMethod<&Map::next_key>("nextKey"),
                         InstanceMethod<&Map::lookup_batch>("lookupBatch"),
                         InstanceMethod<&Map::update_batch>("updateBatch"),
                         InstanceMethod<&Map::delete_batch>("deleteBatch"),
                         InstanceMethod<&Map::freeze>("freeze"),
                         InstanceMethod<&Map::close>("close"),
                     });
}

Map::Map(const Napi::CallbackInfo& info) : Handle(info), parts_(Addon::of(info.Env()).take_parts<Map>(info.Env())) {}

int Map::open_fd(Napi::Env env) const {
  if (!parts_.fd) raise(env, {EBADF, operation("use"), {}, "map " + name() + " is closed"});
  return parts_.fd.get();
}

Napi::Value Map::found(Napi::Env env, int result, const char* verb) const {
  if (result != 0 && errno != ENOENT) raise(env, {errno, operation(verb)});
  return Napi::Boolean::New(env, result == 0);
}

Napi::Value Map::fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), open_fd(info.Env()));
}

Napi::Value Map::description(const Napi::CallbackInfo& info) {
  return parts_.info.describe(info.Env());
}

Napi::Value Map::lookup(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Bytes key = to_bytes(info[0], "key", key_size());
  const Bytes value = to_bytes(info[1], "value", user_value_size());
  const uint64_t flags = to_uint64(info[2], "flags");
  return found(info.Env(), bpf_map_lookup_elem_flags(fd, key.or_null(), value.data, flags), "look up in");
}

Napi::Value Map::lookup_and_delete(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Bytes key = to_bytes(info[0], "key", key_size());
  const Bytes value = to_bytes(info[1], "value", user_value_size());
  const uint64_t flags = to_uint64(info[2], "flags");
  return found(info.Env(), bpf_map_lookup_and_delete_elem_flags(fd, key.or_null(), value.data, flags), "take from");
}

Napi::Value Map::remove(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Bytes key = to_bytes(info[0], "key", key_size());
  return found(info.Env(), bpf_map_delete_elem(fd, key.or_null()), "delete from");
}

Napi::Value Map::next_key(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const void* key = info[0].IsUndefined() ? nullptr : to_bytes(info[0], "key", key_size()).or_null();
  const Bytes next = to_bytes(info[1], "next", key_size());
  return found(info.Env(), bpf_map_get_next_key(fd, key, next.data), "walk");
}

void Map::freeze(const Napi::CallbackInfo& info) {
  check(info.Env(), bpf_map_freeze(open_fd(info.Env())), operation("freeze"));
}

void Map::close(const Napi::CallbackInfo&) {
  parts_.fd.reset();
  parts_.arena.reset();
}

}  // namespace ebpf
