#pragma once

#include <napi.h>

#include <optional>
#include <string>
#include <vector>

namespace ebpf {

/** The bytes of a Uint8Array. They are valid until JavaScript runs again. */
struct Bytes {
  uint8_t* data;
  size_t size;

  /** What the kernel expects for a map without keys. */
  uint8_t* or_null() const { return size == 0 ? nullptr : data; }
};

/** Each throws a TypeError or RangeError that names the argument and what it got. */
Napi::Object to_object(Napi::Value value, const char* name);
Napi::Array to_array(Napi::Value value, const char* name);
Napi::Function to_function(Napi::Value value, const char* name);
std::string to_text(Napi::Value value, const char* name);
bool to_boolean(Napi::Value value, const char* name);
uint32_t to_uint32(Napi::Value value, const char* name);
int32_t to_int32(Napi::Value value, const char* name);
/** The number of a descriptor. Only the kernel knows whether it is open. */
int to_fd(Napi::Value value, const char* name);
/** A safe integer. */
uint64_t to_uint64(Napi::Value value, const char* name);
/** A bigint. */
uint64_t to_cookie(Napi::Value value, const char* name);
Bytes to_bytes(Napi::Value value, const char* name);
/** Throws unless it has exactly this size. */
Bytes to_bytes(Napi::Value value, const char* name, size_t size);

/** The property, converted; nothing if it is undefined. */
template <typename T>
std::optional<T> option(Napi::Object options, const char* name, T (*convert)(Napi::Value, const char*)) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return std::nullopt;
  return convert(value, name);
}

/** An array, with its elements converted. */
template <typename T>
std::vector<T> to_list(Napi::Value value, const char* name, T (*convert)(Napi::Value, const char*)) {
  const Napi::Array array = to_array(value, name);
  std::vector<T> list;
  for (uint32_t i = 0; i < array.Length(); i++) {
    list.push_back(convert(array.Get(i), (std::string(name) + "[" + std::to_string(i) + "]").c_str()));
  }
  return list;
}

/** The property as a list; empty if it is undefined. */
template <typename T>
std::vector<T> list_option(Napi::Object options, const char* name, T (*convert)(Napi::Value, const char*)) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return {};
  return to_list(value, name, convert);
}

Napi::Uint8Array copy_bytes(Napi::Env env, const void* data, size_t size);

}  // namespace ebpf
