#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "errors.h"
#include "log.h"
#include "object.h"
#include "promise_worker.h"

namespace ebpf {
namespace {

int load_object(ObjectState& state, std::string& log) {
  // The phase keeps everybody else away from the state meanwhile.
  LogScope scope(log, state.listener());
  return bpf_object__load(state.object.get());
}

/**
 * libbpf maps an arena that names its address there, over whatever is there: this process's own memory, or the arena of the same
 * object that is loaded already.
 */
void require_room(Napi::Env env, const ObjectState& state) {
  for (const bpf_map* map : state.maps) {
    const uint64_t address = bpf_map__map_extra(map);
    if (bpf_map__type(map) != BPF_MAP_TYPE_ARENA || address == 0 || !bpf_map__autocreate(map)) continue;
    if (state.shared.count(map) > 0) continue;  // one that is reused is not mapped
    const size_t size = size_t{bpf_map__max_entries(map)} * static_cast<size_t>(sysconf(_SC_PAGESIZE));
    auto* wanted = reinterpret_cast<void*>(address);
    void* got = mmap(wanted, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    const int error = errno;
    if (got != MAP_FAILED) munmap(got, size);
    if (got == wanted) continue;
    raise(env, {got == MAP_FAILED ? error : EEXIST,
                "load " + state.name,
                {},
                std::string("arena ") + bpf_map__name(map) + " wants an address that is not free in this process"});
  }
}

/** What libbpf does with the globals of an arena: it writes them to pages that nobody allocated yet. */
void prepare_arena(Napi::Env env, ObjectState& state) {
  for (const bpf_map* map : state.maps) {
    if (bpf_map__type(map) != BPF_MAP_TYPE_ARENA) continue;
    size_t size;
    state.arena_image = bpf_map__initial_value(map, &size);
    if (state.arena_image == nullptr || (bpf_map__map_flags(map) & BPF_F_SEGV_ON_FAULT) == 0) continue;
    raise(env, {EINVAL,
                "load " + state.name,
                {},
                std::string("arena ") + bpf_map__name(map) +
                    " holds global variables and has BPF_F_SEGV_ON_FAULT: writing them would end the process"});
  }
}

void start_load(Napi::Env env, ObjectState& state) {
  state.require_usable(env);
  if (state.phase != ObjectState::Phase::opened) {
    const char* why =
        state.phase == ObjectState::Phase::loaded ? " is loaded already" : " failed to load before: open it again";
    raise(env, {EINVAL, "load " + state.name, {}, "object " + state.name + why});
  }
  require_room(env, state);
  prepare_arena(env, state);
  state.phase = ObjectState::Phase::loading;
}

void finish_load(Napi::Env env, ObjectState& state, int result, const std::string& log) {
  state.phase = result == 0 ? ObjectState::Phase::loaded : ObjectState::Phase::failed;
  const std::string operation = "load " + state.name;
  if (state.close_requested) {
    state.close();
    raise(env, {ECANCELED, operation, {}, "object " + state.name + " was closed while it was being loaded"});
  }
  state.borrowed.clear();
  state.report(env);
  check(env, result, operation, log);
}

class LoadWorker : public PromiseWorker {
 public:
  LoadWorker(Napi::Env env, std::shared_ptr<ObjectState> state)
      : PromiseWorker(env, "ebpf.load"), state_(std::move(state)) {}

 private:
  void Execute() override { result_ = load_object(*state_, log_); }
  void finish(Napi::Env env) override { finish_load(env, *state_, result_, log_); }

  std::shared_ptr<ObjectState> state_;
  std::string log_;
  int result_ = 0;
};

}  // namespace

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

void Object::close(const Napi::CallbackInfo&) {
  if (state_->phase == ObjectState::Phase::loading) {
    state_->close_requested = true;
  } else {
    state_->close();
  }
}

}  // namespace ebpf
