#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "handle.h"

namespace ebpf {

/** NativeMapMemory of lib/internal/binding.ts. */
class MapMemory : public Handle<MapMemory> {
 public:
  static constexpr const char* class_name = "MapMemory";
  static constexpr napi_type_tag type_tag{0x5d0f5a4c8c1d4b7e, 0x9e5b0a5f6f3c2d11};
  struct Parts {
    /** Unmaps them with its last copy; empty when closed. */
    std::shared_ptr<void> pages;
    size_t size;
  };

  static Napi::Function define(Napi::Env env);
  explicit MapMemory(const Napi::CallbackInfo& info);

  // mapMemory(map: NativeMap, writable: boolean): NativeMapMemory
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // data: ArrayBuffer
  Napi::Value data(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  Parts parts_;
  Napi::Reference<Napi::ArrayBuffer> data_;
};

}  // namespace ebpf
