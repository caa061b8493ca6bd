#pragma once

#include <napi.h>

#include <string>

namespace ebpf {

/** What is reported about a failed call; ErrorFields in lib/errors.ts. */
struct Failure {
  /** An errno, or one of libbpf's own numbers, which start at 4000. The sign does not matter. */
  int error;
  /** What was tried: `load flow.bpf.o`. */
  std::string operation;
  /** For failures that the errno alone does not explain. */
  std::string message = {};
  /** What libbpf logged during the call. */
  std::string log = {};
};

/** The error that the environment's factory makes from the failure. */
Napi::Error make_error(Napi::Env env, const Failure& failure);

[[noreturn]] void raise(Napi::Env env, const Failure& failure);

/** Raises if `result` is negative. */
inline int check(Napi::Env env, int result, const std::string& operation, const std::string& log = {}) {
  if (result < 0) raise(env, {result, operation, {}, log});
  return result;
}

}  // namespace ebpf
