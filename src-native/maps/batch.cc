#include <algorithm>
#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/opts.h"
#include "maps/map.h"

namespace ebpf {
namespace {

/** `count` elements of `size` bytes must fit. */
void require_room(Napi::Env env, const char* name, Bytes bytes, size_t count, size_t size) {
  if (size == 0 || bytes.size / size >= count) return;
  throw Napi::RangeError::New(env, std::string(name) + " must be at least " + std::to_string(count) + " times " +
                                       std::to_string(size) + " bytes long, not " + std::to_string(bytes.size));
}

}  // namespace

Napi::Value Map::lookup_batch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = open_fd(env);
  const Bytes cursor = to_bytes(info[0], "cursor");
  // For a hash map the cursor is a bucket's number; for an array and other maps it is a key.
  require_room(env, "cursor", cursor, 1, std::max<size_t>(8, key_size()));
  const bool first = to_boolean(info[1], "first");
  const Bytes keys = to_bytes(info[2], "keys");
  require_room(env, "keys", keys, 1, std::max<size_t>(1, key_size()));
  const size_t capacity = std::min<size_t>(keys.size / std::max<size_t>(1, key_size()), UINT32_MAX);
  const Bytes values = to_bytes(info[3], "values");
  const uint64_t flags = to_uint64(info[5], "flags");
  require_room(env, "values", values, capacity, batch_value_size(flags));
  const auto step = to_boolean(info[4], "andDelete") ? bpf_map_lookup_and_delete_batch : bpf_map_lookup_batch;

  auto count = static_cast<uint32_t>(capacity);
  bpf_map_batch_opts options;
  init_opts(options);
  options.elem_flags = flags;
  const int error = step(fd, first ? nullptr : cursor.data, cursor.data, keys.data, values.data, &count, &options);
  if (error != -ENOENT) check(env, error, operation("walk"));
  auto result = Napi::Object::New(env);
  result["count"] = count;
  result["done"] = error == -ENOENT;
  return result;
}

Napi::Value Map::update_batch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = open_fd(env);
  const Bytes keys = to_bytes(info[0], "keys");
  const Bytes values = to_bytes(info[1], "values");
  uint32_t count = to_uint32(info[2], "count");
  require_room(env, "keys", keys, count, key_size());
  const uint64_t flags = to_uint64(info[3], "flags");
  require_room(env, "values", values, count, batch_value_size(flags));
  bpf_map_batch_opts options;
  init_opts(options);
  options.elem_flags = flags;
  check(env, bpf_map_update_batch(fd, keys.data, values.data, &count, &options), operation("update"));
  return Napi::Number::New(env, count);
}

Napi::Value Map::delete_batch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = open_fd(env);
  const Bytes keys = to_bytes(info[0], "keys");
  uint32_t count = to_uint32(info[1], "count");
  require_room(env, "keys", keys, count, key_size());
  bpf_map_batch_opts options;
  init_opts(options);
  const int error = bpf_map_delete_batch(fd, keys.data, &count, &options);
  if (error != -ENOENT) check(env, error, operation("delete from"));
  return Napi::Number::New(env, count);
}

}  // namespace ebpf
