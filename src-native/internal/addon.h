#pragma once

#include <napi.h>

#include <new>
#include <string>
#include <unordered_map>
#include <utility>

/*
 * Lifetimes and threads
 *
 * 1. Nothing is shared between environments (the main thread, each worker): what an environment needs is in its Addon.
 *    Three things are process-wide: libbpf's print function, which writes to the thread's own LogScope, and, behind a
 *    mutex each, the list of rings that have a reader or writer (MapClaim) and the sockets that detach (RouteSocket).
 * 2. A handle (Handle<T>) belongs to the environment that made it and is used on its thread only. It owns its resource
 *    through a deleter. close() releases the resource early and may be called again; everything else on a closed handle
 *    raises EBADF. The finalizer closes handles that were forgotten.
 * 3. Programs borrow from their object: they hold its ObjectState, check its phase before each use, and raise EBADF
 *    once it is closed. Maps and ring buffers own a descriptor, and links hold no pointer into the object, so they
 *    outlive it. A USDT link does point into it, and shares the bpf_object so that it is freed after the link.
 * 4. Work on the thread pool (PromiseWorker) owns everything that it uses: a copy, a duplicate descriptor or a shared
 *    state. It does not touch JavaScript values. While an object loads, its state belongs to that work; close() then
 *    takes effect when the work ends.
 * 5. Pages of maps and rings stay mapped until both their handle and the last user of their ArrayBuffer have released
 *    them. Memory that users get (lend_pages) is never detached, and outlives its environment.
 * 6. A Poller lives from uv_poll_init until libuv has closed it, even if it is released earlier. A cleanup hook closes
 *    it and makes the environment wait for that. While it waits, it keeps its owner and the callback alive.
 * 7. No C++ exception crosses a C frame: callbacks from libbpf and libuv catch what may be thrown inside them.
 */

namespace ebpf {

/** The state of one environment. */
class Addon {
 public:
  explicit Addon(Napi::Env env);

  static Addon& of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

  /** A handle around `parts`. JavaScript cannot make one itself: `new` without parts throws. */
  template <typename T>
  Napi::Object create(typename T::Parts parts) {
    pending_ = {&T::type_tag, &parts};
    try {
      const Napi::Object handle = classes_.at(&T::type_tag).New({});
      pending_ = {};
      return handle;
    } catch (const Napi::Error& error) {
      pending_ = {};
      // The constructor is called through JavaScript, where running out of memory is an error without a code.
      if (error.Message() == std::bad_alloc().what()) throw std::bad_alloc();
      throw;
    }
  }

  /** For T's constructor: the parts that `create` was given. */
  template <typename T>
  typename T::Parts take_parts(Napi::Env env) {
    const auto [type, parts] = std::exchange(pending_, {});
    if (type != &T::type_tag) throw Napi::TypeError::New(env, std::string(T::class_name) + " cannot be constructed");
    return std::move(*static_cast<typename T::Parts*>(parts));
  }

  /** `createError` of lib/internal; empty until it is set. */
  Napi::FunctionReference error_factory;

 private:
  template <typename T>
  void define(Napi::Env env) {
    classes_.emplace(&T::type_tag, Napi::Persistent(T::define(env)));
  }

  std::unordered_map<const napi_type_tag*, Napi::FunctionReference> classes_;
  std::pair<const napi_type_tag*, void*> pending_{};
};

}  // namespace ebpf
