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

/** A bpf_object, as shared by its handle and its programs. */
struct ObjectState {
  enum class Phase { opened, preparing, prepared, loading, loaded, failed, closed };

  Phase phase = Phase::opened;
  /** For messages: the path or name it was opened with. */
  std::string name;
  /** Shared with what outlives it: USDT links, and views of arenas, which libbpf has mapped. */
  std::shared_ptr<bpf_object> object;
  std::vector<bpf_program*> programs;
  std::vector<bpf_map*> maps;
  /** Called with each message of libbpf, if there is a listener. */
  Napi::FunctionReference on_log;
  /** Messages that it has not yet received. */
  std::vector<LogMessage> messages;
  /** Descriptors that libbpf was given and borrows until it has loaded. */
  std::vector<Fd> borrowed;
  /** Maps of globals that also belong to another object: libbpf's image of them is not their memory. */
  std::set<const bpf_map*> shared;
  /** libbpf's image of the arena's globals when loading began; null if there are none. */
  const void* arena_image = nullptr;
  /** A setting was changed: the object no longer matches its file. */
  bool configured = false;
  /**
   * A setting that a loader program cannot repeat, because it depends on a descriptor or on this kernel; empty if there
   * is none.
   */
  std::string beyond_loader;
  /** Closed while it was being prepared or loaded. */
  bool close_requested = false;

  ObjectState(std::string name, std::shared_ptr<bpf_object> opened);

  /** Where a LogScope collects messages for `on_log`; null if there is no listener. */
  std::vector<LogMessage>* listener() { return on_log.IsEmpty() ? nullptr : &messages; }
  /** Passes the messages to `on_log`; whatever it throws is rethrown. */
  void report(Napi::Env env);

  void close();
  /** Raises EBADF if it is closed, EBUSY while it loads. */
  void require_usable(Napi::Env env) const;
  /** Also raises once it was loaded, or if loading failed. */
  void require_unloaded(Napi::Env env) const;
  /** Also raises unless it was loaded. */
  void require_loaded(Napi::Env env) const;
  /** Also raises unless its maps exist: it was prepared or loaded. */
  void require_maps(Napi::Env env) const;
  bpf_program* program_at(Napi::Value index) const;
  bpf_map* map_at(Napi::Value index) const;
  /** Where a loaded object's arena is mapped; null if libbpf reuses another object's arena, which it does not map. */
  void* arena_pages(const bpf_map* arena) const;
};

}  // namespace ebpf
