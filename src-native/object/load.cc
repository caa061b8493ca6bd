#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "internal/errors.h"
#include "internal/log.h"
#include "internal/promise_worker.h"
#include "object/object.h"

namespace ebpf {
namespace {

using Phase = ObjectState::Phase;

/** A call of libbpf that may take long: its name in messages, and the phases that it goes through. */
struct Step {
  const char* verb;
  const char* past;
  int (*call)(bpf_object* object);
  Phase during;
  Phase after;
};

constexpr Step prepare_step{"prepare", "prepared", bpf_object__prepare, Phase::preparing, Phase::prepared};
constexpr Step load_step{"load", "loaded", bpf_object__load, Phase::loading, Phase::loaded};

int run_step(const Step& step, ObjectState& state, std::string& log) {
  // The phase keeps everything else away from the state meanwhile.
  LogScope scope(log, state.listener());
  return step.call(state.object.get());
}

/**
 * libbpf maps an arena that names its address there, over whatever is there: this process's own memory, or the arena of
 * the same object that is already loaded.
 */
void require_room(Napi::Env env, const ObjectState& state) {
  for (const bpf_map* map : state.maps) {
    const uint64_t address = bpf_map__map_extra(map);
    if (bpf_map__type(map) != BPF_MAP_TYPE_ARENA || address == 0 || !bpf_map__autocreate(map)) continue;
    if (state.shared.count(map) > 0) continue;  // a reused arena is not mapped
    const size_t size = size_t{bpf_map__max_entries(map)} * static_cast<size_t>(sysconf(_SC_PAGESIZE));
    auto* wanted = reinterpret_cast<void*>(address);
    void* got = mmap(wanted, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    const int error = errno;
    if (got != MAP_FAILED) munmap(got, size);
    if (got == wanted) continue;
    raise(env,
          {got == MAP_FAILED ? error : EEXIST, "load " + state.name,
           std::string("arena ") + bpf_map__name(map) + " needs an address that is already in use in this process"});
  }
}

/** libbpf writes an arena's globals to pages that nobody has allocated yet. Raises if that would kill the process. */
void prepare_arena(Napi::Env env, ObjectState& state) {
  for (const bpf_map* map : state.maps) {
    if (bpf_map__type(map) != BPF_MAP_TYPE_ARENA) continue;
    size_t size;
    state.arena_image = bpf_map__initial_value(map, &size);
    if (state.arena_image == nullptr || (bpf_map__map_flags(map) & BPF_F_SEGV_ON_FAULT) == 0) continue;
    raise(env, {EINVAL, "load " + state.name,
                std::string("arena ") + bpf_map__name(map) +
                    " holds global variables and has BPF_F_SEGV_ON_FAULT: writing them would end the process"});
  }
}

void start_step(Napi::Env env, const Step& step, ObjectState& state) {
  state.require_usable(env);
  const bool was_prepared = state.phase == Phase::prepared;
  if (state.phase != Phase::opened && !(was_prepared && step.after == Phase::loaded)) {
    const char* why = was_prepared                   ? " is already prepared"
                      : state.phase == Phase::loaded ? " is already loaded"
                                                     : " failed to load: open it again";
    raise(env, {EINVAL, step.verb + (" " + state.name), "object " + state.name + why});
  }
  // The arenas are mapped once: when the maps are created.
  if (!was_prepared) {
    require_room(env, state);
    prepare_arena(env, state);
  }
  state.phase = step.during;
}

void finish_step(Napi::Env env, const Step& step, ObjectState& state, int result, const std::string& log) {
  // Do this first: no failure below, not even a lack of memory, may keep the object from being closed.
  state.phase = result == 0 ? step.after : Phase::failed;
  if (state.close_requested) state.close();
  const std::string operation = step.verb + (" " + state.name);
  if (state.close_requested) {
    raise(env, {ECANCELED, operation, "object " + state.name + " was closed while it was being " + step.past});
  }
  // libbpf borrows the descriptors until it has loaded the programs.
  if (state.phase != Phase::prepared) state.borrowed.clear();
  state.report(env);
  check(env, result, operation, log);
}

class StepWorker : public PromiseWorker {
 public:
  StepWorker(Napi::Env env, const Step& step, std::shared_ptr<ObjectState> state)
      : PromiseWorker(env, "ebpf.load"), step_(step), state_(std::move(state)) {}

 private:
  void Execute() override { result_ = run_step(step_, *state_, log_); }
  void finish(Napi::Env env) override { finish_step(env, step_, *state_, result_, log_); }

  const Step& step_;
  std::shared_ptr<ObjectState> state_;
  std::string log_;
  int result_ = 0;
};

/** Runs the step on the thread pool. If the pool has no room for it, nothing has begun. */
Napi::Value start_on_pool(Napi::Env env, const Step& step, const std::shared_ptr<ObjectState>& state) {
  const Phase before = state->phase;
  start_step(env, step, *state);
  try {
    return (new StepWorker(env, step, state))->start();
  } catch (...) {
    state->phase = before;
    throw;
  }
}

}  // namespace

Napi::Value Object::prepare(const Napi::CallbackInfo& info) {
  return start_on_pool(info.Env(), prepare_step, state_);
}

Napi::Value Object::load(const Napi::CallbackInfo& info) {
  return start_on_pool(info.Env(), load_step, state_);
}

void Object::load_sync(const Napi::CallbackInfo& info) {
  start_step(info.Env(), load_step, *state_);
  std::string log;
  const int result = run_step(load_step, *state_, log);
  finish_step(info.Env(), load_step, *state_, result, log);
}

void Object::close(const Napi::CallbackInfo&) {
  if (state_->phase == Phase::loading || state_->phase == Phase::preparing) {
    state_->close_requested = true;
  } else {
    state_->close();
  }
}

}  // namespace ebpf
