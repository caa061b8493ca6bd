#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>
#include <optional>

#include "fd.h"

namespace ebpf {

/** Waits on the environment's event loop until a descriptor is readable, one wait at a time. */
class Poller : public std::enable_shared_from_this<Poller> {
 public:
  static std::shared_ptr<Poller> create(Napi::Env env, Fd fd);
  ~Poller() = default;

  bool waiting() const { return !callback_.IsEmpty(); }
  /** Calls `callback` once, as a method of `owner`, with an errno or 0. */
  void start(Napi::Object owner, Napi::Function callback);
  /** Ends a wait without a call. */
  void cancel();
  /** A wait no longer keeps the event loop alive. */
  void unref();
  void close();

 private:
  explicit Poller(Napi::Env env, Fd fd);

  static void on_event(uv_poll_t* handle, int status, int events);
  static void on_closed(uv_handle_t* handle);
  static void on_teardown(napi_async_cleanup_hook_handle hook, void* poller);
  void fire(int error);

  Napi::Env env_;
  Fd fd_;
  uv_poll_t poll_{};
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  std::optional<Napi::AsyncContext> context_;
  Napi::ObjectReference owner_;
  Napi::FunctionReference callback_;
  /** From uv_poll_init until on_closed. */
  std::shared_ptr<Poller> self_;
};

}  // namespace ebpf
