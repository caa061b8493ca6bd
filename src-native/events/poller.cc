#include "events/poller.h"

#include <atomic>
#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"

namespace ebpf {

Poller::Poller(Napi::Env env, Fd fd, std::string operation)
    : env_(env), fd_(std::move(fd)), operation_(std::move(operation)) {}

std::shared_ptr<Poller> Poller::create(Napi::Env env, Fd fd, std::string operation) {
  uv_loop_t* loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env);
  std::shared_ptr<Poller> poller(new Poller(env, std::move(fd), std::move(operation)));
  poller->context_.emplace(env, "ebpf.poll");
  check(env, uv_poll_init(loop, &poller->poll_, poller->fd_.get()), poller->operation_);
  poller->poll_.data = poller.get();
  poller->self_ = poller;
  if (napi_add_async_cleanup_hook(env, on_teardown, poller.get(), &poller->cleanup_) != napi_ok) {
    poller->close();
    throw Napi::Error::New(env);
  }
  return poller;
}

void Poller::start(Napi::Object owner, Napi::Function callback) {
  // The consumer's position must be visible to the kernel before it checks whether the ring is empty: a producer that
  // sees the old position does not wake anybody.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!polling_) check(env_, uv_poll_start(&poll_, UV_READABLE, on_event), operation_);
  polling_ = true;
  owner_ = Napi::Persistent(owner);
  callback_ = Napi::Persistent(callback);
}

void Poller::cancel() {
  if (!waiting()) return;
  stop();
  owner_.Reset();
  callback_.Reset();
}

void Poller::stop() {
  if (polling_) uv_poll_stop(&poll_);
  polling_ = false;
}

void Poller::unref() {
  uv_unref(reinterpret_cast<uv_handle_t*>(&poll_));
}

void Poller::close() {
  auto* const handle = reinterpret_cast<uv_handle_t*>(&poll_);
  if (uv_is_closing(handle)) return;
  cancel();
  stop();
  context_.reset();
  uv_close(handle, on_closed);
  fd_.reset();  // libuv allows it from here on
}

void Poller::on_event(uv_poll_t* handle, int status, int) {
  static_cast<Poller*>(handle->data)->fire(status < 0 ? -status : 0);
}

void Poller::on_closed(uv_handle_t* handle) {
  const auto poller = std::move(static_cast<Poller*>(handle->data)->self_);
  if (poller->cleanup_ != nullptr) napi_remove_async_cleanup_hook(poller->cleanup_);
}

void Poller::on_teardown(napi_async_cleanup_hook_handle, void* poller) {
  static_cast<Poller*>(poller)->close();
}

// Uses plain Node-API: a failed call must not become a C++ exception inside libuv, and calls fail while a worker is
// being terminated.
void Poller::fire(int error) {
  const auto self = shared_from_this();
  const Napi::HandleScope scope(env_);
  const napi_value owner = owner_.Value();
  const napi_value callback = callback_.Value();
  const napi_async_context context = *context_;
  if (error != 0) stop();
  owner_.Reset();
  callback_.Reset();
  napi_value argument;
  napi_create_int32(env_, error, &argument);
  const napi_status status = napi_make_callback(env_, context, owner, callback, 1, &argument, nullptr);
  // Most callbacks read what there is and wait again at once.
  if (!waiting() && !uv_is_closing(reinterpret_cast<uv_handle_t*>(&poll_))) stop();
  if (status != napi_pending_exception) return;
  napi_value thrown;
  if (napi_get_and_clear_last_exception(env_, &thrown) == napi_ok) napi_fatal_exception(env_, thrown);
}

void Waiter::wait(const Napi::CallbackInfo& info, int fd, const std::string& what) {
  const Napi::Env env = info.Env();
  const auto callback = to_function(info[0], "callback");
  const std::string operation = "wait for " + what;
  if (poller_ && poller_->waiting()) raise(env, {EBUSY, operation, what + " is already being waited for"});
  if (!poller_) {
    Fd own = Fd::duplicate(fd);
    if (!own) raise(env, {errno, operation});
    poller_ = Poller::create(env, std::move(own), operation);
    if (unref_) poller_->unref();
  }
  poller_->start(info.This().As<Napi::Object>(), callback);
}

void Waiter::cancel() {
  if (poller_) poller_->cancel();
}

void Waiter::unref() {
  unref_ = true;
  if (poller_) poller_->unref();
}

void Waiter::close() {
  if (poller_) poller_->close();
}

}  // namespace ebpf
