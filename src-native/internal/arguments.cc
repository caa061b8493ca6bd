#include "internal/arguments.h"

#include <cmath>
#include <cstring>

namespace ebpf {
namespace {

std::string describe(Napi::Value value) {
  switch (value.Type()) {
    case napi_string:
      return "'" + value.As<Napi::String>().Utf8Value() + "'";
    case napi_number:
    case napi_boolean:
    case napi_null:
    case napi_undefined:
      return value.ToString().Utf8Value();
    case napi_bigint:
      return "a bigint";
    case napi_symbol:
      return "a symbol";
    case napi_function:
      return "a function";
    default:
      return value.IsArray() ? "an array" : "an object";
  }
}

void expect(bool fits, Napi::Value value, const char* name, const char* kind) {
  if (fits) return;
  throw Napi::TypeError::New(value.Env(), std::string(name) + " must be " + kind + ", not " + describe(value));
}

int64_t to_integer(Napi::Value value, const char* name, int64_t min, int64_t max) {
  expect(value.IsNumber(), value, name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  const bool within = number >= static_cast<double>(min) && number <= static_cast<double>(max);
  if (!within || number != std::trunc(number)) {
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be an integer from " + std::to_string(min) +
                                                 " to " + std::to_string(max) + ", not " + describe(value));
  }
  return static_cast<int64_t>(number);
}

}  // namespace

Napi::Object to_object(Napi::Value value, const char* name) {
  expect(value.IsObject(), value, name, "an object");
  return value.As<Napi::Object>();
}

Napi::Array to_array(Napi::Value value, const char* name) {
  expect(value.IsArray(), value, name, "an array");
  return value.As<Napi::Array>();
}

Napi::Function to_function(Napi::Value value, const char* name) {
  expect(value.IsFunction(), value, name, "a function");
  return value.As<Napi::Function>();
}

std::string to_text(Napi::Value value, const char* name) {
  expect(value.IsString(), value, name, "a string");
  auto text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) {
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must not contain a NUL character");
  }
  return text;
}

bool to_boolean(Napi::Value value, const char* name) {
  expect(value.IsBoolean(), value, name, "a boolean");
  return value.As<Napi::Boolean>();
}

uint32_t to_uint32(Napi::Value value, const char* name) {
  return static_cast<uint32_t>(to_integer(value, name, 0, UINT32_MAX));
}

int32_t to_int32(Napi::Value value, const char* name) {
  return static_cast<int32_t>(to_integer(value, name, INT32_MIN, INT32_MAX));
}

int to_fd(Napi::Value value, const char* name) {
  return static_cast<int>(to_integer(value, name, 0, INT32_MAX));
}

uint64_t to_uint64(Napi::Value value, const char* name) {
  return static_cast<uint64_t>(to_integer(value, name, 0, (int64_t{1} << 53) - 1));
}

uint64_t to_cookie(Napi::Value value, const char* name) {
  expect(value.IsBigInt(), value, name, "a bigint");
  bool lossless;
  const uint64_t cookie = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) throw Napi::RangeError::New(value.Env(), std::string(name) + " must fit in 64 bits, unsigned");
  return cookie;
}

Bytes to_bytes(Napi::Value value, const char* name) {
  const bool fits = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  expect(fits, value, name, "a Uint8Array");
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

Bytes to_bytes(Napi::Value value, const char* name, size_t size) {
  const Bytes bytes = to_bytes(value, name);
  if (bytes.size != size) {
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be " + std::to_string(size) +
                                                 " bytes long, not " + std::to_string(bytes.size));
  }
  return bytes;
}

Napi::Uint8Array copy_bytes(Napi::Env env, const void* data, size_t size) {
  auto copy = Napi::Uint8Array::New(env, size);
  if (size > 0) memcpy(copy.Data(), data, size);
  return copy;
}

}  // namespace ebpf
