#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>

#include "events/poller.h"
#include "internal/fd.h"
#include "internal/handle.h"
#include "maps/claim.h"

namespace ebpf {

struct UserRingBufferFreer {
  void operator()(user_ring_buffer* buffer) const { user_ring_buffer__free(buffer); }
};

/** NativeUserRingBuffer of lib/internal/binding.ts. */
class UserRingBuffer : public Handle<UserRingBuffer> {
 public:
  static constexpr const char* class_name = "UserRingBuffer";
  static constexpr napi_type_tag type_tag{0x2f90b8d1a6c74e35, 0xe4175c0d9b2a6f83};
  struct Parts {
    /** The map's name, for messages. */
    std::string name;
    /** The map's descriptor; libbpf keeps its number. */
    Fd map;
    std::unique_ptr<user_ring_buffer, UserRingBufferFreer> buffer;
    /** An edge-triggered epoll of the map. The ring is writable if it has any room, which may be too little. */
    Fd drained;
    size_t size;
    MapClaim claim;
  };

  static Napi::Function define(Napi::Env env);
  explicit UserRingBuffer(const Napi::CallbackInfo& info);

  // struct user_ring_buffer *user_ring_buffer__new(int map_fd, const struct user_ring_buffer_opts *opts)
  // openUserRingBuffer(map: NativeMap): NativeUserRingBuffer
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // void *user_ring_buffer__reserve(struct user_ring_buffer *rb, __u32 size)
  // void user_ring_buffer__submit(struct user_ring_buffer *rb, void *sample)
  // write(record: Uint8Array): boolean
  Napi::Value write(const Napi::CallbackInfo& info);

  // forget(): void
  void forget(const Napi::CallbackInfo& info);

  // wait(onReady: (errno: number) => void): void
  void wait(const Napi::CallbackInfo& info);

  // cancel(): void
  void cancel(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  Parts& open_parts(Napi::Env env);

  Parts parts_;
  Waiter waiter_;
};

}  // namespace ebpf
