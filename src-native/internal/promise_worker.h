#pragma once

#include <napi.h>

#include <cerrno>
#include <new>
#include <string>

#include "internal/errors.h"

namespace ebpf {

/** Work on the thread pool (Execute) that settles a promise. It deletes itself afterwards. */
class PromiseWorker : public Napi::AsyncWorker {
 public:
  PromiseWorker(Napi::Env env, const char* name) : Napi::AsyncWorker(env, name), name_(name), deferred_(env) {}

  Napi::Promise start() {
    const Napi::Promise promise = deferred_.Promise();
    Queue();
    return promise;
  }

 protected:
  /** Called on the environment's thread, after Execute. Throws to reject. */
  virtual void finish(Napi::Env env) = 0;
  /** What the promise resolves to; called after `finish`. */
  virtual Napi::Value result(Napi::Env env) { return env.Undefined(); }

 private:
  void OnOK() final {
    Napi::Value value;
    try {
      finish(Env());
      value = result(Env());
    } catch (const Napi::Error& error) {
      return deferred_.Reject(error.Value());
    } catch (const std::bad_alloc&) {
      // If it were rethrown, nothing would catch it and the process would end.
      return deferred_.Reject(make_error(Env(), {ENOMEM, name_}).Value());
    }
    deferred_.Resolve(value);
  }

  // What Execute has thrown. It can only be a lack of memory; node-addon-api keeps the text.
  void OnError(const Napi::Error& error) final {
    const bool memory = error.Message() == std::bad_alloc().what();
    deferred_.Reject(memory ? make_error(Env(), {ENOMEM, name_}).Value() : error.Value());
  }

  std::string name_;
  Napi::Promise::Deferred deferred_;
};

}  // namespace ebpf
