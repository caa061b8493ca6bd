#pragma once

#include <memory>
#include <string>

#include "events/poller.h"
#include "events/ring_memory.h"
#include "internal/fd.h"
#include "internal/handle.h"
#include "maps/claim.h"

namespace ebpf {

/** NativeRingBuffer of lib/internal/binding.ts. It does not use libbpf, whose consumer makes a callback per record. */
class RingBuffer : public Handle<RingBuffer> {
 public:
  static constexpr const char* class_name = "RingBuffer";
  static constexpr napi_type_tag type_tag{0x0b1c3f4a94a524e1, 0x07c1c15c7adc9e95};
  struct Parts {
    /** The map's name, for messages. */
    std::string name;
    Fd fd;
    std::shared_ptr<RingMemory> memory;
    MapClaim claim;
  };

  static Napi::Function define(Napi::Env env);
  explicit RingBuffer(const Napi::CallbackInfo& info);

  // openRingBuffer(map: NativeMap): NativeRingBuffer
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // data: ArrayBuffer
  Napi::Value data(const Napi::CallbackInfo& info);

  // size: number
  Napi::Value size(const Napi::CallbackInfo& info);

  // acquire(limit: number): number
  Napi::Value acquire(const Napi::CallbackInfo& info);

  // reserved(): number
  Napi::Value reserved(const Napi::CallbackInfo& info);

  // offset: number
  Napi::Value offset(const Napi::CallbackInfo& info);

  // release(bytes: number): void
  void release(const Napi::CallbackInfo& info);

  // positions(): { producer: bigint; consumer: bigint }
  Napi::Value positions(const Napi::CallbackInfo& info);

  // wait(onReady: (errno: number) => void): void
  void wait(const Napi::CallbackInfo& info);

  // cancel(): void
  void cancel(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  RingMemory& open_memory(Napi::Env env) const;
  /** Returns the acquired data: `bytes` from `position_`. */
  Napi::Value acquired(Napi::Env env, size_t bytes);

  Parts parts_;
  Waiter waiter_;
  Napi::Reference<Napi::ArrayBuffer> data_;
  size_t size_;
  /** Where the data begins that was acquired and not yet released. */
  uint64_t position_ = 0;
  size_t acquired_ = 0;
  size_t offset_ = 0;
};

}  // namespace ebpf
