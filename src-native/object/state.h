#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "internal/fd.h"
#include "internal/log.h"

namespace ebpf {

struct ObjectCloser {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

/** A bpf_object as its handle and its programs share it. */
struct ObjectState {
  enum class Phase { opened, preparing, prepared, loading, loaded, failed, closed };

  Phase phase = Phase::opened;
  /** As in messages: the path or the name it was opened by. */
  std::string name;
  /** Shared with what outlives it: the links of USDT, and the views of arenas, which libbpf has mapped. */
  std::shared_ptr<bpf_object> object;
  std::vector<bpf_program*> programs;
  std::vector<bpf_map*> maps;
  /** Called with each message of libbpf, where somebody listens. */
  Napi::FunctionReference on_log;
  /** What it has not been told yet. */
  std::vector<LogMessage> messages;
  /** Descriptors that libbpf was given and borrows until it has loaded. */
  std::vector<Fd> borrowed;
  /** Maps of globals that are another object's too: libbpf's image of them is not their memory. */
  std::set<const bpf_map*> shared;
  /** libbpf's image of the globals in the arena, as loading began; null where there are none. */
  const void* arena_image = nullptr;
  /** Something of it was set: it is no longer as its file says. */
  bool configured = false;
  /** A setting that a loader program cannot repeat, since it is by a descriptor or by what this kernel has; empty without any. */
  std::string beyond_loader;
  /** Closed while it was being prepared or loaded. */
  bool close_requested = false;

  ObjectState(std::string name, std::shared_ptr<bpf_object> opened);

  /** Where a LogScope collects for `on_log`: null when nobody listens. */
  std::vector<LogMessage>* listener() { return on_log.IsEmpty() ? nullptr : &messages; }
  /** Tells `on_log`; whatever it throws is thrown on. */
  void report(Napi::Env env);

  void close();
  /** Raises EBADF when it is closed, EBUSY while it loads. */
  void require_usable(Napi::Env env) const;
  /** Raises also once it was loaded, or could not be. */
  void require_unloaded(Napi::Env env) const;
  /** Raises also unless it was loaded. */
  void require_loaded(Napi::Env env) const;
  /** Raises also unless its maps exist: it was prepared or loaded. */
  void require_maps(Napi::Env env) const;
  bpf_program* program_at(Napi::Value index) const;
  bpf_map* map_at(Napi::Value index) const;
  /** Where a loaded object's arena is mapped; null when libbpf reuses another's, which it does not map. */
  void* arena_pages(const bpf_map* arena) const;
};

}  // namespace ebpf
