#include "maps/map.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/external_memory.h"

namespace ebpf {

Napi::Function Map::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&Map::fd>("fd"),
                         InstanceAccessor<&Map::description>("info"),
                         InstanceAccessor<&Map::element>("element"),
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
  if (!parts_.fd) raise(env, {EBADF, operation("use"), "map " + name() + " is closed"});
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

const Map::Element& Map::own_element(Napi::Env env) {
  if (!element_.memory) {
    // The pages are only allocated when they are touched: a value may have gigabytes.
    element_.memory.reset(static_cast<uint8_t*>(calloc(1, element_size())), free);
    if (!element_.memory) raise(env, {ENOMEM, operation("use")});
    element_.key = key_size() == 0 ? nullptr : element_.memory.get();
    element_.value = element_.memory.get() + value_offset();
  }
  return element_;
}

Napi::Value Map::element(const Napi::CallbackInfo& info) {
  if (element_buffer_.IsEmpty()) element_buffer_ = Napi::Persistent(element_in_javascript(info.Env()));
  return element_buffer_.Value();
}

Napi::ArrayBuffer Map::element_in_javascript(Napi::Env env) {
  // JavaScript may use it after this handle has ended, and the handle after JavaScript has transferred it.
  const auto memory = own_element(env).memory;
  const Napi::Value external = external_memory_if_allowed(env, memory.get(), element_size(), memory);
  if (!external.IsEmpty()) return external.As<Napi::ArrayBuffer>();
  // If V8 has a sandbox, V8 allocates the memory and this handle keeps it.
  const auto size = Napi::Number::New(env, static_cast<double>(element_size()));
  auto made = env.Global().Get("ArrayBuffer").As<Napi::Function>().New({size}).As<Napi::ArrayBuffer>();
  auto* data = static_cast<uint8_t*>(made.Data());
  memcpy(data, memory.get(), element_size());
  element_ = {{data, [](uint8_t*) {}}, key_size() == 0 ? nullptr : data, data + value_offset()};
  return made;
}

Napi::Value Map::lookup(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Element& element = own_element(info.Env());
  const uint64_t flags = to_uint64(info[0], "flags");
  return found(info.Env(), bpf_map_lookup_elem_flags(fd, element.key, element.value, flags), "look up in");
}

Napi::Value Map::lookup_and_delete(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Element& element = own_element(info.Env());
  const uint64_t flags = to_uint64(info[0], "flags");
  return found(info.Env(), bpf_map_lookup_and_delete_elem_flags(fd, element.key, element.value, flags), "take from");
}

Napi::Value Map::remove(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  return found(info.Env(), bpf_map_delete_elem(fd, own_element(info.Env()).key), "delete from");
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
