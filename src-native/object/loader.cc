#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/promise_worker.h"
#include "object/loader_run.h"
#include "object/object.h"

// libbpf/fixes/loader.mjs
extern "C" int bpf_program__adopt_fd(bpf_program* program, int fd);

namespace ebpf {
namespace {

using Phase = ObjectState::Phase;

/** MAX_USED_MAPS of libbpf's generator. */
constexpr size_t most_maps = 64;

[[noreturn]] void refuse(Napi::Env env, const std::string& operation, const std::string& why) {
  raise(env, {ENOTSUP, operation, operation + ": " + why});
}

void require_open(Napi::Env env, const ObjectState& state, const std::string& operation) {
  state.require_usable(env);
  if (state.phase == Phase::opened) return;
  raise(env, {EINVAL, operation, "object " + state.name + " is already prepared or loaded: open it again"});
}

/** Raises if there are maps that the generator of libbpf 1.7 has no code for. */
void require_maps_of_loader(Napi::Env env, const ObjectState& state, const std::string& operation) {
  if (state.maps.size() > most_maps) {
    refuse(env, operation,
           "a loader creates at most " + std::to_string(most_maps) + " maps, and the object has " +
               std::to_string(state.maps.size()));
  }
  for (bpf_map* map : state.maps) {
    const std::string name = std::string("map ") + bpf_map__name(map);
    const auto type = bpf_map__type(map);
    if (type == BPF_MAP_TYPE_STRUCT_OPS)
      refuse(env, operation, name + " is a struct_ops map, which a loader cannot create");
    if (type == BPF_MAP_TYPE_ARENA) refuse(env, operation, name + " is an arena, which a loader cannot create");
  }
}

/** Raises if there are map settings that the generator would silently omit. */
void require_settings_of_loader(Napi::Env env, const ObjectState& state, const std::string& operation) {
  if (!state.beyond_loader.empty()) {
    refuse(env, operation, state.beyond_loader + ", which a loader cannot repeat in another process");
  }
  for (bpf_map* map : state.maps) {
    const std::string name = std::string("map ") + bpf_map__name(map);
    if (!bpf_map__autocreate(map)) {
      refuse(env, operation, name + " has autocreate off, but a loader creates every map of its object");
    }
    if (bpf_map__pin_path(map) != nullptr) {
      refuse(env, operation,
             name + " is to be pinned, which a loader does not do: set its pinPath to undefined, and pin the map");
    }
  }
}

/** For an object of the other byte order, libbpf's generator swaps bytes; the result could not run here. */
void require_native_order(Napi::Env env, const ObjectState& state, const std::string& operation) {
  const btf* types = bpf_object__btf(state.object.get());
  if (types == nullptr) return;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  const bool native = btf__endianness(types) == BTF_LITTLE_ENDIAN;
#else
  const bool native = btf__endianness(types) == BTF_BIG_ENDIAN;
#endif
  if (!native) refuse(env, operation, "the object is for a machine of the other byte order");
}

/** Used by both workers: raises if the object was closed during the work. Nothing else uses the object meanwhile. */
void require_not_closed(Napi::Env env, ObjectState& state, const std::string& operation, const char* past) {
  if (!state.close_requested) return;
  state.close();
  raise(env, {ECANCELED, operation, "object " + state.name + " was closed while " + past});
}

class GenerateWorker : public PromiseWorker {
 public:
  GenerateWorker(Napi::Env env, std::shared_ptr<ObjectState> state, bool hash)
      : PromiseWorker(env, "ebpf.generateLoader"), state_(std::move(state)) {
    memset(&options_, 0, sizeof options_);
    options_.sz = sizeof options_;
    options_.gen_hash = hash;
  }

  static std::string operation_of(const ObjectState& state) { return "generate a loader of " + state.name; }

 private:
  void Execute() override {
    LogScope scope(log_, state_->listener());
    result_ = bpf_object__gen_loader(state_->object.get(), &options_);
    if (result_ == 0) result_ = bpf_object__load(state_->object.get());
  }

  void finish(Napi::Env env) override {
    state_->phase = Phase::failed;  // libbpf only believes that it is loaded
    const std::string operation = operation_of(*state_);
    require_not_closed(env, *state_, operation, "its loader was being generated");
    state_->report(env);
    check(env, result_, operation, log_);
    if (state_->close_requested || !state_->object) {
      raise(env, {ECANCELED, operation, "object " + state_->name + " was closed while its loader was being generated"});
    }
    instructions_ = Napi::Persistent(copy_bytes(env, options_.insns, options_.insns_sz));
    data_ = Napi::Persistent(copy_bytes(env, options_.data, options_.data_sz));
    programs_ = Napi::Persistent(Napi::Array::New(env));
    for (const bpf_program* program : state_->programs) {
      if (!bpf_program__autoload(program)) continue;
      programs_.Value()[programs_.Value().Length()] = bpf_program__name(program);
    }
    state_->close();  // frees the generator's copies too
  }

  Napi::Value result(Napi::Env env) override {
    auto loader = Napi::Object::New(env);
    loader["instructions"] = instructions_.Value();
    loader["data"] = data_.Value();
    loader["programs"] = programs_.Value();
    return loader;
  }

  std::shared_ptr<ObjectState> state_;
  gen_loader_opts options_;
  std::string log_;
  int result_ = 0;
  Napi::Reference<Napi::Uint8Array> instructions_;
  Napi::Reference<Napi::Uint8Array> data_;
  Napi::Reference<Napi::Array> programs_;
};

/**
 * Puts what the loader made into an object that was only opened. The descriptors are duplicates, or belong to the
 * object from then on.
 */
class Adoption {
 public:
  Adoption(Napi::Env env, ObjectState& state, std::string operation)
      : env_(env), state_(state), operation_(std::move(operation)) {}

  void maps(const std::vector<Fd>& fds) const {
    for (size_t i = 0; i < fds.size(); i++) {
      bpf_map* map = state_.maps[i];
      const std::string name = std::string("map ") + bpf_map__name(map);
      bpf_map_info info{};
      uint32_t length = sizeof info;
      check(env_, bpf_map_get_info_by_fd(fds[i].get(), &info, &length), operation_);
      require_same(name, "type", bpf_map__type(map), info.type);
      require_same(name, "key size", bpf_map__key_size(map), info.key_size);
      require_same(name, "value size", bpf_map__value_size(map), info.value_size);
      if (bpf_map__is_internal(map)) require_same(name, "max entries", bpf_map__max_entries(map), info.max_entries);
      check(env_, bpf_map__reuse_fd(map, fds[i].get()), operation_);
      // The loader does not pin anything.
      check(env_, bpf_map__set_pin_path(map, nullptr), operation_);
      state_.shared.insert(map);
    }
  }

  void programs(std::vector<Fd>& fds, const std::vector<bpf_program*>& programs) const {
    for (bpf_program* program : state_.programs) bpf_program__set_autoload(program, false);
    for (size_t i = 0; i < fds.size(); i++) {
      bpf_program* program = programs[i];
      const std::string name = bpf_program__name(program);
      bpf_prog_info info{};
      uint32_t length = sizeof info;
      check(env_, bpf_prog_get_info_by_fd(fds[i].get(), &info, &length), operation_);
      require_same("program " + name, "type", bpf_program__type(program), info.type);
      if (name.compare(0, sizeof info.name - 1, info.name) != 0) {
        differ("program " + name + " is " + info.name);
      }
      bpf_program__set_autoload(program, true);
    }
    for (size_t i = 0; i < fds.size(); i++) {
      // Not 0, 1 or 2, and close-on-exec. The kernel gave the loader the lowest number.
      Fd fd(fcntl(fds[i].get(), F_DUPFD_CLOEXEC, 3));
      if (!fd) raise(env_, {errno, operation_});
      check(env_, bpf_program__adopt_fd(programs[i], fd.get()), operation_);
      fd.release();
    }
  }

 private:
  [[noreturn]] void differ(const std::string& how) const {
    raise(env_, {EINVAL, operation_, operation_ + ": the loader was generated from another object: its " + how});
  }

  void require_same(const std::string& name, const char* what, uint32_t mine, uint32_t made) const {
    if (mine == made) return;
    differ(name + " has " + what + " " + std::to_string(made) + ", and the one of " + state_.name + " " +
           std::to_string(mine));
  }

  Napi::Env env_;
  ObjectState& state_;
  std::string operation_;
};

class RunWorker : public PromiseWorker {
 public:
  RunWorker(Napi::Env env, std::shared_ptr<ObjectState> state, LoaderRun run, std::vector<bpf_program*> programs)
      : PromiseWorker(env, "ebpf.runLoader"),
        state_(std::move(state)),
        run_(std::move(run)),
        programs_(std::move(programs)) {}

 private:
  void Execute() override { result_ = run_.run(); }

  void finish(Napi::Env env) override {
    state_->phase = Phase::failed;
    const std::string operation = operation_of_step();
    require_not_closed(env, *state_, operation, "its loader was running");
    if (result_ != 0) {
      raise(env, {result_, operation, run_.why.empty() ? std::string() : operation + ": " + run_.why, log()});
    }
    const Adoption adoption(env, *state_, operation);
    adoption.maps(run_.maps);
    adoption.programs(run_.programs, programs_);
    state_->phase = Phase::loaded;
  }

  std::string operation_of_step() const {
    switch (run_.step) {
      case LoaderRun::Step::map:
        return "create map of the loader of " + state_->name;
      case LoaderRun::Step::load:
        return "load the loader of " + state_->name;
      case LoaderRun::Step::run:
        return "run the loader of " + state_->name;
      case LoaderRun::Step::object:
        break;
    }
    return "load " + state_->name + " by its loader";
  }

  /** The same format as libbpf's, by which a rejected program is recognized. */
  std::string log() const {
    const bool of_loader = run_.step == LoaderRun::Step::load;
    if (!of_loader && !run_.failed_program) return {};
    const std::string name = of_loader ? "__loader.prog" : bpf_program__name(programs_[*run_.failed_program]);
    const std::string begin = "libbpf: prog '" + name + "': ";
    // The loader looks up kernel functions, variables and tracepoints after it has written the attributes: the log is
    // then still that of the previous program.
    if (!of_loader && (result_ == ENOENT || result_ == ESRCH)) {
      return begin + "the kernel has no function, variable or tracepoint that it is attached to or uses\n";
    }
    if (run_.verifier_log.empty()) return {};
    return begin + "BPF program load failed: " + strerror(result_) + "\n" + begin + "-- BEGIN PROG LOAD LOG --\n" +
           run_.verifier_log + "-- END PROG LOAD LOG --\n";
  }

  std::shared_ptr<ObjectState> state_;
  LoaderRun run_;
  std::vector<bpf_program*> programs_;
  int result_ = 0;
};

std::vector<uint8_t> to_vector(Napi::Value value, const char* name) {
  const Bytes bytes = to_bytes(value, name);
  return {bytes.data, bytes.data + bytes.size};
}

std::vector<bpf_insn> to_instructions(Napi::Value value, const char* name) {
  const Bytes bytes = to_bytes(value, name);
  if (bytes.size == 0 || bytes.size % sizeof(bpf_insn) != 0) {
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be whole instructions of 8 bytes, not " +
                                                 std::to_string(bytes.size) + " bytes");
  }
  std::vector<bpf_insn> instructions(bytes.size / sizeof(bpf_insn));
  memcpy(instructions.data(), bytes.data, bytes.size);
  return instructions;
}

}  // namespace

Napi::Value Object::generate_loader(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool hash = to_boolean(info[0], "hash");
  const std::string operation = GenerateWorker::operation_of(*state_);
  require_open(env, *state_, operation);
  require_maps_of_loader(env, *state_, operation);
  require_settings_of_loader(env, *state_, operation);
  require_native_order(env, *state_, operation);
  state_->phase = Phase::loading;
  return (new GenerateWorker(env, state_, hash))->start();
}

Napi::Value Object::run_loader(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[0], "loader");
  LoaderRun run;
  run.instructions = to_instructions(options.Get("instructions"), "instructions");
  run.data = to_vector(options.Get("data"), "data");
  if (run.data.empty()) throw Napi::RangeError::New(env, "data must not be empty");
  run.signature = option(options, "signature", to_vector).value_or(std::vector<uint8_t>());
  run.keyring = option(options, "keyring", to_int32).value_or(0);
  run.log_level = option(options, "logLevel", to_uint32).value_or(0);
  const auto indices = to_array(options.Get("programs"), "programs");
  const std::string operation = "run the loader of " + state_->name;
  require_open(env, *state_, operation);
  if (state_->configured) {
    raise(env, {EINVAL, operation,
                operation + ": the settings of this object would be ignored, because the " +
                    "loader was generated with its own: open the object again"});
  }
  std::vector<bpf_program*> programs;
  for (uint32_t i = 0; i < indices.Length(); i++) programs.push_back(state_->program_at(indices.Get(i)));
  require_maps_of_loader(env, *state_, operation);
  run.map_count = state_->maps.size();
  run.program_count = programs.size();
  run.has_btf = bpf_object__btf(state_->object.get()) != nullptr;
  state_->phase = Phase::loading;
  return (new RunWorker(env, state_, std::move(run), std::move(programs)))->start();
}

}  // namespace ebpf
