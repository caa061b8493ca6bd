#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <memory>
#include <string>
#include <vector>

namespace ebpf {

struct ObjectCloser {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

/** A bpf_object as its handle and its programs share it. */
struct ObjectState {
  enum class Phase { opened, loading, loaded, failed, closed };

  Phase phase = Phase::opened;
  /** As in messages: the path or the name it was opened by. */
  std::string name;
  /** Shared with the views of its arenas, which libbpf has mapped. */
  std::shared_ptr<bpf_object> object;
  std::vector<bpf_program*> programs;
  std::vector<bpf_map*> maps;
  /** What libbpf said and nobody took yet. */
  std::string log;
  /** Closed while it was loading. */
  bool close_requested = false;

  ObjectState(std::string name, bpf_object* opened);

  void close();
  /** Raises EBADF when it is closed, EBUSY while it loads. */
  void require_usable(Napi::Env env) const;
  /** Raises also unless it was loaded. */
  void require_loaded(Napi::Env env) const;
  bpf_program* program_at(Napi::Value index) const;
  bpf_map* map_at(Napi::Value index) const;
};

}  // namespace ebpf
