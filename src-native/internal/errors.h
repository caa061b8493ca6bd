#pragma once

#include <napi.h>

#include <string>

namespace ebpf {

/** What is told of a failed call; ErrorFields in lib/errors.ts. */
struct Failure {
  /** An errno, or one of libbpf's own numbers from 4000 on; the sign does not matter. */
  int error;
  /** What was tried, `load flow.bpf.o`. */
  std::string operation;
  /** For failures that the errno alone would not explain. */
  std::string message = {};
  /** What libbpf said meanwhile. */
  std::string log = {};
};

/** The error that the environment's factory makes of it. */
Napi::Error make_error(Napi::Env env, const Failure& failure);

[[noreturn]] void raise(Napi::Env env, const Failure& failure);

/** Raises unless `result` is 0 or positive. */
inline int check(Napi::Env env, int result, const std::string& operation, const std::string& log = {}) {
  if (result < 0) raise(env, {result, operation, {}, log});
  return result;
}

}  // namespace ebpf
