#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "internal/fd.h"

namespace ebpf {

/**
 * Runs a loader program, made by bpf_object__gen_loader: a program of type syscall that creates an object's maps and
 * loads its programs. The steps are those of bpf_load_and_run in libbpf's skel_internal.h, which only a C program can
 * include.
 */
class LoaderRun {
 public:
  /** Whole instructions. */
  std::vector<bpf_insn> instructions;
  std::vector<uint8_t> data;
  /** PKCS#7; empty if unsigned. */
  std::vector<uint8_t> signature;
  int32_t keyring = 0;
  uint32_t log_level = 0;
  size_t map_count = 0;
  size_t program_count = 0;

  /** The maps and programs that the loader made, in its order, once `run` has returned 0. */
  std::vector<Fd> maps;
  std::vector<Fd> programs;

  /** What failed, as an operation on the object NAME. */
  enum class Step { map, load, run, object } step = Step::map;
  /** The verifier's log for the loader itself, or for the program that the loader could not load. */
  std::string verifier_log;
  /** Which program the loader was loading; nothing if it had not reached them. */
  std::optional<size_t> failed_program;
  /** Whether the object has BTF, which the loader loads first. */
  bool has_btf = false;
  /** The reason, if the kernel did what it was told and the loader did not. */
  std::string why;

  /** 0 or an errno. */
  int run();

 private:
  /**
   * The loader's context: `struct bpf_loader_ctx`, then one `struct bpf_map_desc` per map and one `struct
   * bpf_prog_desc` per program.
   */
  struct Context;

  int attempt(uint32_t level);
  int create_map(Fd& map);
  int load(const Fd& map, uint32_t level, Fd& program);
  void find_failed(const Fd& map, uint64_t log_buffer);
  int run_apart(int socket);
  int twice_if_refused();
  int send(const Context& context, int socket);
  int receive(int socket);

  /** Used by the thread that the loader runs in. */
  int socket_ = -1;
};

}  // namespace ebpf
