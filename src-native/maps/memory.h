#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "internal/handle.h"
#include "maps/mapped_pages.h"

namespace ebpf {

/** NativeMapMemory of lib/internal/binding.ts. */
class MapMemory : public Handle<MapMemory> {
 public:
  static constexpr const char* class_name = "MapMemory";
  static constexpr napi_type_tag type_tag{0x5d0f5a4c8c1d4b7e, 0x9e5b0a5f6f3c2d11};
  struct Parts {
    /** The map's name, for messages. */
    std::string name;
    /** Empty if closed. */
    std::shared_ptr<MappedPages> pages;
  };

  static Napi::Function define(Napi::Env env);
  explicit MapMemory(const Napi::CallbackInfo& info);

  // mapMemory(map: NativeMap, writable: boolean): NativeMapMemory
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // data: ArrayBuffer
  Napi::Value data(const Napi::CallbackInfo& info);

  // share(): ArrayBuffer
  Napi::Value share(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  MappedPages& open_pages(Napi::Env env) const;

  Parts parts_;
  Napi::Reference<Napi::ArrayBuffer> data_;
};

}  // namespace ebpf
