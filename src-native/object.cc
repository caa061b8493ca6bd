#include "object.h"

#include <bpf/btf.h>

#include <cerrno>
#include <cstring>

#include "arguments.h"
#include "errors.h"
#include "globals.h"
#include "log.h"
#include "map.h"
#include "opts.h"
#include "program.h"
#include "promise_worker.h"

namespace ebpf {
namespace {

int load_object(ObjectState& state, std::string& log) {
  LogScope scope(log);
  return bpf_object__load(state.object.get());
}

void start_load(Napi::Env env, ObjectState& state) {
  state.require_usable(env);
  if (state.phase != ObjectState::Phase::opened) {
    const char* why = state.phase == ObjectState::Phase::loaded ? " is loaded already" : " failed to load before: open it again";
    raise(env, {EINVAL, "load " + state.name, {}, "object " + state.name + why});
  }
  state.phase = ObjectState::Phase::loading;
}

void finish_load(Napi::Env env, ObjectState& state, int result, const std::string& log) {
  state.phase = result == 0 ? ObjectState::Phase::loaded : ObjectState::Phase::failed;
  state.log += log;
  const std::string operation = "load " + state.name;
  if (state.close_requested) {
    state.close();
    raise(env, {ECANCELED, operation, {}, "object " + state.name + " was closed while it was being loaded"});
  }
  check(env, result, operation, log);
}

class LoadWorker : public PromiseWorker {
 public:
  LoadWorker(Napi::Env env, std::shared_ptr<ObjectState> state) : PromiseWorker(env, "ebpf.load"), state_(std::move(state)) {}

 private:
  void Execute() override { result_ = load_object(*state_, log_); }
  void finish(Napi::Env env) override { finish_load(env, *state_, result_, log_); }

  std::shared_ptr<ObjectState> state_;
  std::string log_;
  int result_ = 0;
};

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
  return description;
}

/** The bytes `offset` to `offset + length` of a map of globals; raises where there are none. */
Globals globals_at(Napi::Env env, const ObjectState& state, Napi::Value index, uint32_t offset, size_t length) {
  state.require_usable(env);
  if (state.phase == ObjectState::Phase::failed) state.require_loaded(env);
  const bpf_map* map = state.map_at(index);
  const Globals globals(map, state.phase == ObjectState::Phase::loaded);
  if (!globals) {
    const std::string name = bpf_map__name(map);
    raise(env, {EINVAL, "access globals of " + state.name, {}, "map " + name + " holds no global variables"});
  }
  if (offset > globals.size() || length > globals.size() - offset) {
    throw Napi::RangeError::New(env, "bytes " + std::to_string(offset) + " to " + std::to_string(offset + length) +
                                         " are not within the " + std::to_string(globals.size()) + " of map " +
                                         bpf_map__name(map));
  }
  return globals;
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
                         InstanceMethod<&Object::read_global>("readGlobal"),
                         InstanceMethod<&Object::write_global>("writeGlobal"),
                         InstanceMethod<&Object::load>("load"),
                         InstanceMethod<&Object::load_sync>("loadSync"),
                         InstanceMethod<&Object::map>("map"),
                         InstanceMethod<&Object::program>("program"),
                         InstanceMethod<&Object::take_log>("takeLog"),
                         InstanceMethod<&Object::close>("close"),
                     });
}

Object::Object(const Napi::CallbackInfo& info)
    : Handle(info), state_(Addon::of(info.Env()).take_parts<Object>(info.Env())) {}

Napi::Value Object::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[1], "options");
  const auto name = option(options, "name", to_text);
  const auto kernel_btf = option(options, "kernelBtf", to_text);
  const auto pin_root = option(options, "pinRoot", to_text);
  auto open_options = make_opts<bpf_object_open_opts>();
  open_options.object_name = name ? name->c_str() : nullptr;
  open_options.btf_custom_path = kernel_btf ? kernel_btf->c_str() : nullptr;
  open_options.pin_root_path = pin_root ? pin_root->c_str() : nullptr;
  open_options.kernel_log_level = option(options, "logLevel", to_uint32).value_or(0);

  std::string log;
  std::string shown;
  bpf_object* opened;
  int error;
  if (info[0].IsString()) {
    shown = to_text(info[0], "source");
    LogScope scope(log);
    opened = bpf_object__open_file(shown.c_str(), &open_options);
    error = errno;
  } else {
    // A copy: aligned as libelf expects, and nobody else's to change meanwhile.
    const Bytes source = to_bytes(info[0], "source");
    std::vector<uint64_t> image(source.size / 8 + 1);
    memcpy(image.data(), source.data, source.size);
    shown = name.value_or("a buffer");
    LogScope scope(log);
    opened = bpf_object__open_mem(image.data(), source.size, &open_options);
    error = errno;
  }
  if (opened == nullptr) raise(env, {error, "open " + shown, log});
  auto state = std::make_shared<ObjectState>(shown, opened);
  state->log = log;
  return Addon::of(env).create<Object>(std::move(state));
}

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

void Object::set_autoload(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_usable(env);
  bpf_program* program = state_->program_at(info[0]);
  const bool on = to_boolean(info[1], "on");
  check(env, bpf_program__set_autoload(program, on), std::string("set autoload of ") + bpf_program__name(program));
}

void Object::set_max_entries(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_usable(env);
  bpf_map* map = state_->map_at(info[0]);
  const uint32_t max_entries = to_uint32(info[1], "maxEntries");
  const std::string operation = std::string("resize map ") + bpf_map__name(map);
  // libbpf would map the larger map over the smaller image of these, and over what stands behind it.
  if (bpf_map__is_internal(map)) {
    raise(env, {EINVAL, operation, {}, std::string("map ") + bpf_map__name(map) + " holds global variables: it has one entry"});
  }
  check(env, bpf_map__set_max_entries(map, max_entries), operation);
}

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
  if (globals.read_only()) raise(env, {EROFS, operation, {}, "constants of " + state_->name + " cannot be changed after load"});
  check(env, globals.write(offset, bytes.data, bytes.size), operation);
}

Napi::Value Object::load(const Napi::CallbackInfo& info) {
  start_load(info.Env(), *state_);
  return (new LoadWorker(info.Env(), state_))->start();
}

void Object::load_sync(const Napi::CallbackInfo& info) {
  start_load(info.Env(), *state_);
  std::string log;
  const int result = load_object(*state_, log);
  finish_load(info.Env(), *state_, result, log);
}

Napi::Value Object::map(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_loaded(env);
  const bpf_map* map = state_->map_at(info[0]);
  const std::string operation = std::string("use map ") + bpf_map__name(map);
  return Map::wrap(env, Fd::duplicate(check(env, bpf_map__fd(map), operation)), operation);
}

Napi::Value Object::program(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_loaded(env);
  bpf_program* program = state_->program_at(info[0]);
  if (bpf_program__fd(program) < 0) {
    const std::string name = bpf_program__name(program);
    raise(env, {ENOENT, "use program " + name, {}, "program " + name + " was not loaded: its autoload is off"});
  }
  return Addon::of(env).create<Program>({state_, program});
}

Napi::Value Object::take_log(const Napi::CallbackInfo& info) {
  state_->require_usable(info.Env());
  return Napi::String::New(info.Env(), std::exchange(state_->log, {}));
}

void Object::close(const Napi::CallbackInfo&) {
  if (state_->phase == ObjectState::Phase::loading) {
    state_->close_requested = true;
  } else {
    state_->close();
  }
}

}  // namespace ebpf
