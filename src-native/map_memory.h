#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "handle.h"

namespace ebpf {

/** Pages of a map in this process. */
class Pages {
 public:
  /** Null, with errno set, when the kernel refuses. `address` is a wish, 0 for none. */
  static std::shared_ptr<Pages> map(int fd, size_t size, bool writable, uint64_t address);
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  void* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  Pages(void* data, size_t size) : data_(data), size_(size) {}

  void* data_;
  size_t size_;
};

/** NativeMapMemory of lib/internal/binding.ts. */
class MapMemory : public Handle<MapMemory> {
 public:
  static constexpr const char* class_name = "MapMemory";
  static constexpr napi_type_tag type_tag{0x5d0f5a4c8c1d4b7e, 0x9e5b0a5f6f3c2d11};
  using Parts = std::shared_ptr<Pages>;

  static Napi::Function define(Napi::Env env);
  explicit MapMemory(const Napi::CallbackInfo& info);

  // mapMemory(map: NativeMap, writable: boolean): NativeMapMemory
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // data: ArrayBuffer
  Napi::Value data(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  Parts pages_;
  Napi::Reference<Napi::ArrayBuffer> data_;
};

}  // namespace ebpf
