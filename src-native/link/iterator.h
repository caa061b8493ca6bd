#pragma once

#include <memory>

#include "internal/fd.h"
#include "internal/handle.h"

namespace ebpf {

/** NativeIterator of lib/internal/binding.ts: one walk of an iterator's link. */
class Iterator : public Handle<Iterator> {
 public:
  static constexpr const char* class_name = "Iterator";
  static constexpr napi_type_tag type_tag{0x5fd0b7a1c2994e6e, 0x92bb8c61e7a0d313};
  using Parts = std::shared_ptr<Fd>;

  static Napi::Function define(Napi::Env env);
  explicit Iterator(const Napi::CallbackInfo& info);

  // int bpf_iter_create(int link_fd)
  // openIterator(link: NativeLink, options?: NativeNetns): NativeIterator
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // ssize_t read(int fd, void *buf, size_t count)
  // read(): Promise<Uint8Array>
  Napi::Value read(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  /** Shared with the reads in progress, which end on it. */
  std::shared_ptr<Fd> fd_;
};

}  // namespace ebpf
