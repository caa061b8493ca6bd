#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "object/globals_memory.h"
#include "object/object.h"

namespace ebpf {
namespace {

Globals globals_of(const ObjectState& state, const bpf_map* map) {
  const bool loaded = state.phase == ObjectState::Phase::loaded;
  if (loaded && bpf_map__type(map) == BPF_MAP_TYPE_ARENA) return {map, state.arena_pages(map)};
  return {map, loaded, state.shared.count(map) > 0 || bpf_map__pin_path(map) != nullptr};
}

/** Bytes `offset` to `offset + length` of a map of globals; raises if there are none. */
Globals globals_at(Napi::Env env, const ObjectState& state, Napi::Value index, uint32_t offset, size_t length) {
  state.require_usable(env);
  if (state.phase == ObjectState::Phase::failed) state.require_loaded(env);
  const bpf_map* map = state.map_at(index);
  const Globals globals = globals_of(state, map);
  if (!globals) {
    const bool arena = bpf_map__type(map) == BPF_MAP_TYPE_ARENA;
    const std::string why = arena ? " is not mapped by this object" : " holds no global variables";
    raise(env, {EINVAL, "access globals of " + state.name, "map " + std::string(bpf_map__name(map)) + why});
  }
  if (offset > globals.size() || length > globals.size() - offset) {
    throw Napi::RangeError::New(env, "bytes " + std::to_string(offset) + " to " + std::to_string(offset + length) +
                                         " are not within the " + std::to_string(globals.size()) + " of map " +
                                         bpf_map__name(map));
  }
  return globals;
}

}  // namespace

Napi::Value Object::read_global(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t offset = to_uint32(info[1], "offset");
  const uint32_t length = to_uint32(info[2], "length");
  const Globals globals = globals_at(env, *state_, info[0], offset, length);
  auto bytes = Napi::Uint8Array::New(env, length);
  check(env, globals.read(offset, bytes.Data(), length), "read globals of " + state_->name);
  return bytes;
}

void Object::write_global(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t offset = to_uint32(info[1], "offset");
  const Bytes bytes = to_bytes(info[2], "bytes");
  const Globals globals = globals_at(env, *state_, info[0], offset, bytes.size);
  const std::string operation = "write globals of " + state_->name;
  if (globals.kernel_config())
    raise(env, {EROFS, operation, "__kconfig variables of " + state_->name + " cannot be set"});
  if (globals.read_only())
    raise(env, {EROFS, operation, "constants of " + state_->name + " cannot be changed after load"});
  check(env, globals.write(offset, bytes.data, bytes.size), operation);
  state_->configured = true;
}

}  // namespace ebpf
