#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <unistd.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "kernel/kernel_object.h"
#include "object/object.h"

namespace ebpf {
namespace {

/**
 * The maximum of typedefs and qualifiers that are followed; libbpf's own limit, where it has one (MAX_RESOLVE_DEPTH).
 */
constexpr int max_depth = 32;

/**
 * libbpf derives state from these types, does not update it when the type changes, and then reads past the end of it.
 */
bool has_state_of_its_own(uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_STRUCT_OPS:
    case BPF_MAP_TYPE_ARENA:
      return true;
    default:
      return false;
  }
}

/** A map's name in messages, and the checks that keep libbpf from crashing. */
struct MapSetting {
  Napi::Env env;
  const bpf_object* object;
  bpf_map* map;
  std::string operation;

  [[noreturn]] void refuse(const std::string& why) const {
    raise(env, {EINVAL, operation, std::string("map ") + bpf_map__name(map) + " " + why});
  }

  /** Maps of globals have an image, and struct_ops maps a structure, of the size that they were opened with. */
  void require_plain(const char* what) const {
    if (bpf_map__is_internal(map)) refuse(std::string("holds global variables: its ") + what + " cannot be changed");
    if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS) {
      refuse(std::string("holds a kernel structure: its ") + what + " cannot be changed");
    }
  }

  void require_type(uint32_t type) const {
    require_plain("type");
    const uint32_t now = bpf_map__type(map);
    if (type == now) return;
    if (has_state_of_its_own(now) || type == BPF_MAP_TYPE_STRUCT_OPS || type == BPF_MAP_TYPE_ARENA) {
      refuse("cannot be changed from type " + std::to_string(now) + " to " + std::to_string(type));
    }
  }

  /** Globals can grow and shrink by their last variable, if it is an array; libbpf does not check how far. */
  void require_value_size(uint32_t size) const {
    if (!bpf_map__is_internal(map)) return require_plain("value size");
    const struct btf* btf = bpf_object__btf(object);
    // The new array's type moves the BTF, and libbpf keeps pointers to the names of externs in the old one.
    for (const char* externs : {".kconfig", ".ksyms"}) {
      if (btf != nullptr && btf__find_by_name_kind(btf, externs, BTF_KIND_DATASEC) >= 0) {
        refuse(std::string("cannot be resized in an object that has ") + externs + " variables");
      }
    }
    const btf_type* section = btf == nullptr ? nullptr : btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
    if (section == nullptr || !btf_is_datasec(section) || btf_vlen(section) == 0) {
      refuse("holds global variables of unknown types: its value size cannot be changed");
    }
    const btf_var_secinfo& last = btf_var_secinfos(section)[btf_vlen(section) - 1];
    const btf_type* type = btf__type_by_id(btf, last.type);
    const auto stands_for_another = [&] { return btf_is_var(type) || btf_is_mod(type) || btf_is_typedef(type); };
    for (int depth = 0; type != nullptr && stands_for_another(); depth++) {
      // The types may form a cycle, which libbpf would follow forever.
      if (depth == max_depth) refuse("ends in a type that goes through more than " + std::to_string(max_depth));
      type = btf__type_by_id(btf, type->type);
    }
    const int64_t element = type != nullptr && btf_is_array(type) ? btf__resolve_size(btf, btf_array(type)->type) : 0;
    if (element <= 0) refuse("does not end in an array: its value size cannot be changed");
    if (size <= last.offset || (size - last.offset) % element != 0) {
      refuse("ends in an array from byte " + std::to_string(last.offset) + " on, of elements of " +
             std::to_string(element) + " bytes: it cannot have " + std::to_string(size));
    }
  }

  void require_entries(uint32_t entries) const {
    // libbpf would map the larger map over its smaller image, and over whatever is behind it.
    if (bpf_map__is_internal(map)) refuse("holds global variables: it has one entry");
    require_plain("maxEntries");
    size_t used = 0;
    if (bpf_map__type(map) == BPF_MAP_TYPE_ARENA && bpf_map__initial_value(map, &used) != nullptr &&
        size_t{entries} * static_cast<size_t>(sysconf(_SC_PAGESIZE)) < used) {
      refuse("holds " + std::to_string(used) + " bytes of globals, more than " + std::to_string(entries) + " pages");
    }
  }

  void require_same(const bpf_map_info& other) const {
    if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS) refuse("holds a kernel structure: it cannot be reused");
    const auto differ = [&](const char* what, uint32_t mine, uint32_t theirs) {
      if (mine == theirs) return;
      refuse("has " + std::string(what) + " " + std::to_string(mine) + ", but map " + other.name +
             ", which should replace it, has " + std::to_string(theirs));
    };
    differ("type", bpf_map__type(map), other.type);
    differ("key size", bpf_map__key_size(map), other.key_size);
    differ("value size", bpf_map__value_size(map), other.value_size);
    if (bpf_map__is_internal(map)) differ("max entries", bpf_map__max_entries(map), other.max_entries);
  }
};

}  // namespace

void Object::set_max_entries(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_unloaded(env);
  state_->configured = true;
  bpf_map* map = state_->map_at(info[0]);
  const uint32_t max_entries = to_uint32(info[1], "maxEntries");
  const MapSetting setting{env, state_->object.get(), map, std::string("resize map ") + bpf_map__name(map)};
  setting.require_entries(max_entries);
  check(env, bpf_map__set_max_entries(map, max_entries), setting.operation);
}

void Object::set_map(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_unloaded(env);
  state_->configured = true;
  bpf_map* map = state_->map_at(info[0]);
  const auto settings = to_object(info[1], "settings");
  const MapSetting setting{env, state_->object.get(), map, std::string("configure map ") + bpf_map__name(map)};
  std::string log;
  LogScope scope(log, state_->listener());
  const auto done = [&](int result) { check(env, result, setting.operation, log); };
  if (const auto type = option(settings, "type", to_uint32)) {
    setting.require_type(*type);
    done(bpf_map__set_type(map, static_cast<bpf_map_type>(*type)));
  }
  if (const auto size = option(settings, "keySize", to_uint32)) {
    setting.require_plain("key size");
    done(bpf_map__set_key_size(map, *size));
  }
  if (const auto size = option(settings, "valueSize", to_uint32)) {
    setting.require_value_size(*size);
    done(bpf_map__set_value_size(map, *size));
  }
  if (const auto flags = option(settings, "flags", to_uint32)) {
    setting.require_plain("flags");
    done(bpf_map__set_map_flags(map, *flags));
  }
  if (const auto extra = option(settings, "extra", to_cookie)) {
    // libbpf maps an arena at this address, whatever is there.
    if (bpf_map__type(map) == BPF_MAP_TYPE_ARENA) setting.refuse("is an arena: where it is mapped cannot be changed");
    setting.require_plain("extra");
    done(bpf_map__set_map_extra(map, *extra));
  }
  if (const auto node = option(settings, "numaNode", to_uint32)) done(bpf_map__set_numa_node(map, *node));
  if (const auto index = option(settings, "ifindex", to_uint32)) done(bpf_map__set_ifindex(map, *index));
  if (const auto on = option(settings, "autocreate", to_boolean)) done(bpf_map__set_autocreate(map, *on));
  const Napi::Value exclusive = settings.Get("exclusiveProgram");
  if (!exclusive.IsUndefined()) {
    done(bpf_map__set_exclusive_program(map, state_->program_at(exclusive)));
    state_->beyond_loader = std::string("map ") + bpf_map__name(map) + " is exclusive to a program";
  }
  const Napi::Value path = settings.Get("pinPath");
  if (path.IsNull()) {
    done(bpf_map__set_pin_path(map, nullptr));
  } else if (!path.IsUndefined()) {
    done(bpf_map__set_pin_path(map, to_text(path, "pinPath").c_str()));
  }
  state_->report(env);
}

void Object::reuse_map(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_unloaded(env);
  state_->configured = true;
  bpf_map* map = state_->map_at(info[0]);
  const int fd = to_fd(info[1], "fd");
  const MapSetting setting{env, state_->object.get(), map, std::string("reuse a map for ") + bpf_map__name(map)};
  require_kind(env, fd, KernelObject::map, setting.operation);
  bpf_map_info other{};
  uint32_t length = sizeof other;
  check(env, bpf_map_get_info_by_fd(fd, &other, &length), setting.operation);
  setting.require_same(other);
  std::string log;
  LogScope scope(log, state_->listener());
  const int result = bpf_map__reuse_fd(map, fd);
  check(env, result, setting.operation, log);
  state_->shared.insert(map);
  state_->beyond_loader = std::string("map ") + bpf_map__name(map) + " is another map that was there already";
  state_->report(env);
}

void Object::set_inner_map(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_unloaded(env);
  state_->configured = true;
  bpf_map* map = state_->map_at(info[0]);
  const std::string operation = std::string("set the inner map of ") + bpf_map__name(map);
  Fd inner = Fd::duplicate(to_fd(info[1], "fd"));
  if (!inner) raise(env, {errno, operation});
  std::string log;
  LogScope scope(log, state_->listener());
  const int result = bpf_map__set_inner_map_fd(map, inner.get());
  check(env, result, operation, log);
  state_->borrowed.push_back(std::move(inner));
  state_->beyond_loader = std::string("map ") + bpf_map__name(map) + " has an inner map by a descriptor";
  state_->report(env);
}

}  // namespace ebpf
