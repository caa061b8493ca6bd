#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>
#include <optional>
#include <string>

#include "internal/fd.h"

namespace ebpf {

/** Waits on the environment's event loop until a descriptor is readable, one wait at a time. Handles use a Waiter. */
class Poller : public std::enable_shared_from_this<Poller> {
 public:
  /** `operation` is for messages: `wait for ring buffer events`. */
  static std::shared_ptr<Poller> create(Napi::Env env, Fd fd, std::string operation);
  ~Poller() = default;

  bool waiting() const { return !callback_.IsEmpty(); }
  /** Calls `callback` once, as a method of `owner`, with an errno or 0. */
  void start(Napi::Object owner, Napi::Function callback);
  /** Ends a wait without calling back. */
  void cancel();
  /** Lets the event loop end during a wait. */
  void unref();
  void close();

 private:
  Poller(Napi::Env env, Fd fd, std::string operation);

  static void on_event(uv_poll_t* handle, int status, int events);
  static void on_closed(uv_handle_t* handle);
  static void on_teardown(napi_async_cleanup_hook_handle hook, void* poller);
  void fire(int error);
  void stop();

  Napi::Env env_;
  Fd fd_;
  std::string operation_;
  uv_poll_t poll_{};
  /**
   * Whether libuv watches the descriptor. It keeps watching between two waits: stopping would take three system calls.
   */
  bool polling_ = false;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  std::optional<Napi::AsyncContext> context_;
  Napi::ObjectReference owner_;
  Napi::FunctionReference callback_;
  /** From uv_poll_init until on_closed. */
  std::shared_ptr<Poller> self_;
};

/** NativeWaitable of lib/internal/binding.ts: a handle's waits, which end with the handle. */
class Waiter {
 public:
  Waiter() = default;
  ~Waiter() { close(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /**
   * Calls `info[0]` once when `fd` is readable; EBUSY if a wait is pending. `what` is for messages: `ring buffer
   * events`.
   */
  void wait(const Napi::CallbackInfo& info, int fd, const std::string& what);
  void cancel();
  /** Lets the event loop end during this wait and later ones. */
  void unref();
  void close();

 private:
  std::shared_ptr<Poller> poller_;
  bool unref_ = false;
};

}  // namespace ebpf
