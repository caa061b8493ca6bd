#include "events/ring_buffer.h"

#include <linux/bpf.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/external_memory.h"

namespace ebpf {

Napi::Function RingBuffer::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&RingBuffer::data>("data"),
                         InstanceAccessor<&RingBuffer::size>("size"),
                         InstanceAccessor<&RingBuffer::offset>("offset"),
                         InstanceMethod<&RingBuffer::acquire>("acquire"),
                         InstanceMethod<&RingBuffer::reserved>("reserved"),
                         InstanceMethod<&RingBuffer::release>("release"),
                         InstanceMethod<&RingBuffer::positions>("positions"),
                         InstanceMethod<&RingBuffer::wait>("wait"),
                         InstanceMethod<&RingBuffer::cancel>("cancel"),
                         InstanceMethod<&RingBuffer::close>("close"),
                     });
}

RingBuffer::RingBuffer(const Napi::CallbackInfo& info)
    : Handle(info), parts_(Addon::of(info.Env()).take_parts<RingBuffer>(info.Env())), size_(parts_.memory->size()) {
  const auto& memory = parts_.memory;
  const std::string operation = "open ring buffer " + parts_.name;
  data_ = Napi::Persistent(external_memory(info.Env(), memory->data(), 2 * size_, memory, operation));
}

Napi::Value RingBuffer::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Map& map = *Map::Unwrap(info[0].As<Napi::Object>());
  const std::string operation = "open ring buffer " + map.name();
  Fd fd = Fd::duplicate(map.open_fd(env));
  if (!fd) raise(env, {errno, operation});
  if (map.info().type != BPF_MAP_TYPE_RINGBUF) {
    raise(env, {EINVAL, operation, "map " + map.name() + " is not a ring buffer"});
  }
  auto claim = MapClaim::take(env, map, operation, "reader");
  auto memory = RingMemory::map(fd.get(), map.info().max_entries);
  if (!memory) raise(env, {errno, operation});
  return Addon::of(env).create<RingBuffer>({map.name(), std::move(fd), std::move(memory), std::move(claim)});
}

RingMemory& RingBuffer::open_memory(Napi::Env env) const {
  if (!parts_.memory) {
    raise(env, {EBADF, "use ring buffer " + parts_.name, "ring buffer " + parts_.name + " is closed"});
  }
  return *parts_.memory;
}

Napi::Value RingBuffer::data(const Napi::CallbackInfo&) {
  return data_.Value();
}

Napi::Value RingBuffer::size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(size_));
}

Napi::Value RingBuffer::acquire(const Napi::CallbackInfo& info) {
  const RingMemory& memory = open_memory(info.Env());
  position_ = memory.consumer_position();
  return acquired(info.Env(), memory.committed(position_, to_uint64(info[0], "limit")));
}

Napi::Value RingBuffer::reserved(const Napi::CallbackInfo& info) {
  const RingMemory& memory = open_memory(info.Env());
  position_ = memory.consumer_position();
  return acquired(info.Env(), memory.reserved(position_));
}

Napi::Value RingBuffer::acquired(Napi::Env env, size_t bytes) {
  acquired_ = bytes;
  offset_ = position_ & (size_ - 1);
  return Napi::Number::New(env, static_cast<double>(acquired_));
}

Napi::Value RingBuffer::offset(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(offset_));
}

void RingBuffer::release(const Napi::CallbackInfo& info) {
  RingMemory& memory = open_memory(info.Env());
  const uint64_t bytes = to_uint64(info[0], "bytes");
  if (bytes > acquired_ || bytes % 8 != 0) {
    throw Napi::RangeError::New(info.Env(), "bytes must be a multiple of 8 up to the " + std::to_string(acquired_) +
                                                " acquired, not " + std::to_string(bytes));
  }
  acquired_ -= bytes;
  position_ += bytes;
  memory.set_consumer_position(position_);
}

Napi::Value RingBuffer::positions(const Napi::CallbackInfo& info) {
  const RingMemory& memory = open_memory(info.Env());
  // Read the consumer's position first: it never passes the producer's.
  const uint64_t consumer = memory.consumer_position();
  auto positions = Napi::Object::New(info.Env());
  positions["producer"] = Napi::BigInt::New(info.Env(), memory.producer_position());
  positions["consumer"] = Napi::BigInt::New(info.Env(), consumer);
  return positions;
}

void RingBuffer::wait(const Napi::CallbackInfo& info) {
  open_memory(info.Env());
  waiter_.wait(info, parts_.fd.get(), "ring buffer " + parts_.name);
}

void RingBuffer::cancel(const Napi::CallbackInfo& info) {
  open_memory(info.Env());
  waiter_.cancel();
}

void RingBuffer::close(const Napi::CallbackInfo&) {
  if (!parts_.memory) return;
  waiter_.close();
  data_.Value().Detach();
  parts_.memory.reset();
  parts_.fd.reset();
  parts_.claim.reset();
}

}  // namespace ebpf
