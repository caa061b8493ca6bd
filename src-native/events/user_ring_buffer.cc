#include "events/user_ring_buffer.h"

#include <linux/bpf.h>
#include <sys/epoll.h>

#include <cerrno>
#include <cstring>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/opts.h"

namespace ebpf {

Napi::Function UserRingBuffer::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceMethod<&UserRingBuffer::write>("write"),
                         InstanceMethod<&UserRingBuffer::forget>("forget"),
                         InstanceMethod<&UserRingBuffer::wait>("wait"),
                         InstanceMethod<&UserRingBuffer::cancel>("cancel"),
                         InstanceMethod<&UserRingBuffer::close>("close"),
                     });
}

UserRingBuffer::UserRingBuffer(const Napi::CallbackInfo& info)
    : Handle(info), parts_(Addon::of(info.Env()).take_parts<UserRingBuffer>(info.Env())) {}

Napi::Value UserRingBuffer::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Map& map = *Map::Unwrap(info[0].As<Napi::Object>());
  const std::string operation = "open user ring buffer " + map.name();
  Parts parts{
      map.name(), Fd::duplicate(map.open_fd(env)), nullptr, Fd(epoll_create1(EPOLL_CLOEXEC)), map.info().max_entries,
      {}};
  if (!parts.map || !parts.drained) raise(env, {errno, operation});
  if (map.info().type != BPF_MAP_TYPE_USER_RINGBUF) {
    raise(env, {EINVAL, operation, "map " + map.name() + " is not a user ring buffer"});
  }
  parts.claim = MapClaim::take(env, map, operation, "writer");
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLET;
  if (epoll_ctl(parts.drained.get(), EPOLL_CTL_ADD, parts.map.get(), &event) != 0) raise(env, {errno, operation});

  user_ring_buffer_opts opts;
  init_opts(opts);
  std::string log;
  int error = 0;
  {
    LogScope scope(log);
    parts.buffer.reset(user_ring_buffer__new(parts.map.get(), &opts));
    if (!parts.buffer) error = errno;
  }
  if (!parts.buffer) raise(env, {error, operation, {}, log});
  return Addon::of(env).create<UserRingBuffer>(std::move(parts));
}

UserRingBuffer::Parts& UserRingBuffer::open_parts(Napi::Env env) {
  if (!parts_.buffer) {
    raise(env, {EBADF, "use user ring buffer " + parts_.name, "user ring buffer " + parts_.name + " is closed"});
  }
  return parts_;
}

Napi::Value UserRingBuffer::write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Parts& parts = open_parts(env);
  const Bytes record = to_bytes(info[0], "record");
  const std::string operation = "write to user ring buffer " + parts.name;
  // libbpf takes sizes of 32 bits, and does not allow empty records.
  if (record.size == 0 || record.size > parts.size - BPF_RINGBUF_HDR_SZ) {
    raise(env, {E2BIG, operation,
                operation + ": a record must have from 1 to " + std::to_string(parts.size - BPF_RINGBUF_HDR_SZ) +
                    " bytes, not " + std::to_string(record.size)});
  }
  void* sample = user_ring_buffer__reserve(parts.buffer.get(), static_cast<uint32_t>(record.size));
  if (sample == nullptr) {
    if (errno == ENOSPC) return Napi::Boolean::New(env, false);
    raise(env, {errno, operation});
  }
  memcpy(sample, record.data, record.size);
  user_ring_buffer__submit(parts.buffer.get(), sample);
  return Napi::Boolean::New(env, true);
}

// Consumes the pending edge, so that the next one comes from a program that drains the ring from now on.
void UserRingBuffer::forget(const Napi::CallbackInfo& info) {
  epoll_event event;
  epoll_wait(open_parts(info.Env()).drained.get(), &event, 1, 0);
}

void UserRingBuffer::wait(const Napi::CallbackInfo& info) {
  const Parts& parts = open_parts(info.Env());
  waiter_.wait(info, parts.drained.get(), "user ring buffer " + parts.name);
}

void UserRingBuffer::cancel(const Napi::CallbackInfo& info) {
  open_parts(info.Env());
  waiter_.cancel();
}

void UserRingBuffer::close(const Napi::CallbackInfo&) {
  if (!parts_.buffer) return;
  waiter_.close();
  parts_.buffer.reset();
  parts_.drained.reset();
  parts_.map.reset();
  parts_.claim.reset();
}

}  // namespace ebpf
