#include "object/state.h"

#include "internal/arguments.h"
#include "internal/errors.h"

namespace ebpf {
namespace {

template <typename T>
T* at(const std::vector<T*>& items, Napi::Value index, const char* name) {
  const uint32_t position = to_uint32(index, name);
  if (position < items.size()) return items[position];
  throw Napi::RangeError::New(index.Env(), std::string("there is no ") + name + " " + std::to_string(position) +
                                               ": the object has " + std::to_string(items.size()));
}

}  // namespace

ObjectState::ObjectState(std::string name, std::shared_ptr<bpf_object> opened)
    : name(std::move(name)), object(std::move(opened)) {
  bpf_program* program;
  bpf_object__for_each_program(program, object.get()) programs.push_back(program);
  bpf_map* map;
  bpf_object__for_each_map(map, object.get()) maps.push_back(map);
}

void ObjectState::report(Napi::Env env) {
  if (on_log.IsEmpty()) return;
  for (const auto& [level, text] : std::exchange(messages, {})) {
    if (on_log.IsEmpty()) return;  // closed by the previous message
    on_log.Call({Napi::String::New(env, level), Napi::String::New(env, text)});
  }
}

void ObjectState::close() {
  phase = Phase::closed;
  on_log.Reset();
  messages.clear();
  shared.clear();
  borrowed.clear();
  programs.clear();
  maps.clear();
  object.reset();
}

void ObjectState::require_usable(Napi::Env env) const {
  const std::string operation = "use object " + name;
  if (phase == Phase::closed || close_requested) raise(env, {EBADF, operation, "object " + name + " is closed"});
  if (phase == Phase::loading) raise(env, {EBUSY, operation, "object " + name + " is being loaded"});
  if (phase == Phase::preparing) raise(env, {EBUSY, operation, "object " + name + " is being prepared"});
}

void ObjectState::require_unloaded(Napi::Env env) const {
  require_usable(env);
  if (phase == Phase::opened) return;
  const char* why = phase == Phase::prepared ? "its maps exist already" : "it is loaded";
  raise(env, {EBUSY, "configure object " + name, "object " + name + " can no longer be configured: " + why});
}

void ObjectState::require_loaded(Napi::Env env) const {
  require_usable(env);
  if (phase == Phase::loaded) return;
  const char* why = phase == Phase::failed ? " could not be loaded" : " is not loaded yet";
  raise(env, {EINVAL, "use object " + name, "object " + name + why});
}

void ObjectState::require_maps(Napi::Env env) const {
  require_usable(env);
  if (phase != Phase::prepared) require_loaded(env);
}

bpf_program* ObjectState::program_at(Napi::Value index) const {
  return at(programs, index, "program");
}

bpf_map* ObjectState::map_at(Napi::Value index) const {
  return at(maps, index, "map");
}

void* ObjectState::arena_pages(const bpf_map* arena) const {
  size_t size;
  void* memory = bpf_map__initial_value(arena, &size);
  return memory == arena_image ? nullptr : memory;
}

}  // namespace ebpf
