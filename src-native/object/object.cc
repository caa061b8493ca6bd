#include "object/object.h"

#include <bpf/btf.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "maps/map.h"
#include "program/program.h"

namespace ebpf {
namespace {

Napi::Object describe(Napi::Env env, const bpf_map* map) {
  auto description = Napi::Object::New(env);
  description["name"] = bpf_map__name(map);
  description["type"] = static_cast<uint32_t>(bpf_map__type(map));
  description["keySize"] = bpf_map__key_size(map);
  description["valueSize"] = bpf_map__value_size(map);
  description["maxEntries"] = bpf_map__max_entries(map);
  description["flags"] = bpf_map__map_flags(map);
  description["btfKeyTypeId"] = bpf_map__btf_key_type_id(map);
  description["btfValueTypeId"] = bpf_map__btf_value_type_id(map);
  description["internal"] = bpf_map__is_internal(map);
  description["autoattach"] = bpf_map__autocreate(map) && bpf_map__autoattach(map);
  return description;
}

}  // namespace

Napi::Function Object::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceMethod<&Object::programs>("programs"),
                         InstanceMethod<&Object::maps>("maps"),
                         InstanceMethod<&Object::btf>("btf"),
                         InstanceMethod<&Object::set_autoload>("setAutoload"),
                         InstanceMethod<&Object::set_max_entries>("setMaxEntries"),
                         InstanceMethod<&Object::set_map>("setMap"),
                         InstanceMethod<&Object::reuse_map>("reuseMap"),
                         InstanceMethod<&Object::set_inner_map>("setInnerMap"),
                         InstanceMethod<&Object::set_program>("setProgram"),
                         InstanceMethod<&Object::set_attach_target>("setAttachTarget"),
                         InstanceMethod<&Object::read_global>("readGlobal"),
                         InstanceMethod<&Object::write_global>("writeGlobal"),
                         InstanceMethod<&Object::prepare>("prepare"),
                         InstanceMethod<&Object::load>("load"),
                         InstanceMethod<&Object::load_sync>("loadSync"),
                         InstanceMethod<&Object::generate_loader>("generateLoader"),
                         InstanceMethod<&Object::run_loader>("runLoader"),
                         InstanceMethod<&Object::map>("map"),
                         InstanceMethod<&Object::program>("program"),
                         InstanceMethod<&Object::attach_struct_ops>("attachStructOps"),
                         InstanceMethod<&Object::update_struct_ops>("updateStructOps"),
                         InstanceMethod<&Object::close>("close"),
                     });
}

Object::Object(const Napi::CallbackInfo& info)
    : Handle(info), state_(Addon::of(info.Env()).take_parts<Object>(info.Env())) {}

Napi::Value Object::programs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_usable(env);
  auto programs = Napi::Array::New(env);
  for (const bpf_program* program : state_->programs) {
    auto description = Napi::Object::New(env);
    description["name"] = bpf_program__name(program);
    description["section"] = bpf_program__section_name(program);
    description["type"] = static_cast<uint32_t>(bpf_program__type(program));
    description["expectedAttachType"] = static_cast<uint32_t>(bpf_program__expected_attach_type(program));
    description["autoload"] = bpf_program__autoload(program);
    description["autoattach"] = bpf_program__autoattach(program);
    description["flags"] = bpf_program__flags(program);
    description["logLevel"] = bpf_program__log_level(program);
    programs[programs.Length()] = description;
  }
  return programs;
}

Napi::Value Object::maps(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_usable(env);
  auto maps = Napi::Array::New(env);
  for (bpf_map* map : state_->maps) {
    auto description = describe(env, map);
    // Not for an inner map, which has no object: libbpf would dereference it.
    description["autocreate"] = bpf_map__autocreate(map);
    description["numaNode"] = bpf_map__numa_node(map);
    description["ifindex"] = bpf_map__ifindex(map);
    description["extra"] = Napi::BigInt::New(env, uint64_t{bpf_map__map_extra(map)});
    if (const char* path = bpf_map__pin_path(map)) description["pinPath"] = path;
    if (const bpf_map* inner = bpf_map__inner_map(map)) description["inner"] = describe(env, inner);
    maps[maps.Length()] = description;
  }
  return maps;
}

Napi::Value Object::btf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_usable(env);
  const struct btf* btf = bpf_object__btf(state_->object.get());
  if (btf == nullptr) return env.Undefined();
  uint32_t size;
  const void* data = btf__raw_data(btf, &size);
  if (data == nullptr) raise(env, {errno, "read BTF of " + state_->name});
  return copy_bytes(env, data, size);
}

Napi::Value Object::map(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_maps(env);
  const bpf_map* map = state_->map_at(info[0]);
  const std::string operation = std::string("use map ") + bpf_map__name(map);
  if (!bpf_map__autocreate(map)) {
    raise(env,
          {ENOENT, operation, std::string("map ") + bpf_map__name(map) + " was not created: its autocreate is off"});
  }
  std::shared_ptr<void> arena;
  if (bpf_map__type(map) == BPF_MAP_TYPE_ARENA) arena = {state_->object, state_->arena_pages(map)};
  return Map::wrap(env, Fd::duplicate(check(env, bpf_map__fd(map), operation)), operation, std::move(arena),
                   bpf_map__name(map));
}

Napi::Value Object::program(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_loaded(env);
  bpf_program* program = state_->program_at(info[0]);
  if (bpf_program__fd(program) < 0) {
    const std::string name = bpf_program__name(program);
    raise(env, {ENOENT, "use program " + name, "program " + name + " was not loaded: its autoload is off"});
  }
  return Addon::of(env).create<Program>({state_, program});
}

}  // namespace ebpf
