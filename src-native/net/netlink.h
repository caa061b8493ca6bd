#pragma once

#include "events/poller.h"
#include "internal/fd.h"
#include "internal/handle.h"

namespace ebpf {

/** NativeNetlink of lib/internal/binding.ts. TypeScript reads and writes the messages: lib/net/. */
class Netlink : public Handle<Netlink> {
 public:
  static constexpr const char* class_name = "Netlink";
  static constexpr napi_type_tag type_tag{0xde2760ac08a33242, 0xddb24843e5d3ef9d};
  struct Parts {
    Fd socket;
  };

  static Napi::Function define(Napi::Env env);
  explicit Netlink(const Napi::CallbackInfo& info);

  // openNetlink(options: NativeNetns & { groups?: number }): NativeNetlink
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // send(message: Uint8Array): void
  void send(const Napi::CallbackInfo& info);

  // receive(to: Uint8Array): number
  Napi::Value receive(const Napi::CallbackInfo& info);

  // wait(onReady: (errno: number) => void): void
  void wait(const Napi::CallbackInfo& info);

  // cancel(): void
  void cancel(const Napi::CallbackInfo& info);

  // unref(): void
  void unref(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  int open_socket(Napi::Env env) const;

  Parts parts_;
  Waiter waiter_;
};

}  // namespace ebpf
