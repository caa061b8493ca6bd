#include "map.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <vector>

#include "arguments.h"
#include "errors.h"
#include "opts.h"
#include "promise_worker.h"

namespace ebpf {
namespace {

class UpdateWorker : public PromiseWorker {
 public:
  UpdateWorker(Napi::Env env, Fd fd, Bytes key, Bytes value, uint64_t flags, std::string operation)
      : PromiseWorker(env, "ebpf.update"),
        fd_(std::move(fd)),
        key_(key.data, key.data + key.size),
        value_(value.data, value.data + value.size),
        flags_(flags),
        operation_(std::move(operation)) {}

 private:
  void Execute() override {
    const void* key = key_.empty() ? nullptr : key_.data();
    if (bpf_map_update_elem(fd_.get(), key, value_.data(), flags_) != 0) error_ = errno;
  }
  void finish(Napi::Env env) override { check(env, -error_, operation_); }

  Fd fd_;
  std::vector<uint8_t> key_;
  std::vector<uint8_t> value_;
  uint64_t flags_;
  std::string operation_;
  int error_ = 0;
};

/** bpf_map_value_size() of kernel/bpf/syscall.c; a size that the addon does not know would be written past. */
size_t user_value_size(Napi::Env env, const bpf_map_info& info) {
  switch (info.type) {
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
      return (size_t{info.value_size} + 7) / 8 * 8 * check(env, libbpf_num_possible_cpus(), "count possible CPUs");
    default:
      return info.value_size;
  }
}

/** `count` elements of `size` bytes must fit. */
void require_room(Napi::Env env, const char* name, Bytes bytes, size_t count, size_t size) {
  if (size == 0 || bytes.size / size >= count) return;
  throw Napi::RangeError::New(env, std::string(name) + " must be at least " + std::to_string(count) + " times " +
                                       std::to_string(size) + " bytes long, not " + std::to_string(bytes.size));
}

}  // namespace

Napi::Function Map::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&Map::fd>("fd"),
                         InstanceAccessor<&Map::description>("info"),
                         InstanceMethod<&Map::lookup>("lookup"),
                         InstanceMethod<&Map::lookup_and_delete>("lookupAndDelete"),
                         InstanceMethod<&Map::update>("update"),
                         InstanceMethod<&Map::update_async>("updateAsync"),
                         InstanceMethod<&Map::remove>("delete"),
                         InstanceMethod<&Map::next_key>("nextKey"),
                         InstanceMethod<&Map::lookup_batch>("lookupBatch"),
                         InstanceMethod<&Map::update_batch>("updateBatch"),
                         InstanceMethod<&Map::delete_batch>("deleteBatch"),
                         InstanceMethod<&Map::freeze>("freeze"),
                         InstanceMethod<&Map::close>("close"),
                     });
}

Map::Map(const Napi::CallbackInfo& info) : Handle(info), parts_(Addon::of(info.Env()).take_parts<Map>(info.Env())) {}

Napi::Value Map::wrap(Napi::Env env, Fd fd, const std::string& operation) {
  if (!fd) raise(env, {errno, operation});
  bpf_map_info info{};
  uint32_t length = sizeof info;
  check(env, bpf_map_get_info_by_fd(fd.get(), &info, &length), operation);
  const size_t value_size = user_value_size(env, info);
  return Addon::of(env).create<Map>({std::move(fd), info, value_size});
}

Napi::Value Map::create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[0], "options");
  const auto type = static_cast<bpf_map_type>(to_uint32(options.Get("type"), "type"));
  const auto name = option(options, "name", to_text);
  const uint32_t key_size = to_uint32(options.Get("keySize"), "keySize");
  const uint32_t value_size = to_uint32(options.Get("valueSize"), "valueSize");
  const uint32_t max_entries = to_uint32(options.Get("maxEntries"), "maxEntries");
  auto create = make_opts<bpf_map_create_opts>();
  create.map_flags = option(options, "flags", to_uint32).value_or(0);
  create.inner_map_fd = option(options, "innerMapFd", to_uint32).value_or(0);
  const std::string operation = "create map " + name.value_or("");
  const char* map_name = name ? name->c_str() : nullptr;
  Fd fd(check(env, bpf_map_create(type, map_name, key_size, value_size, max_entries, &create), operation));
  return wrap(env, std::move(fd), operation);
}

Napi::Value Map::by_id(const Napi::CallbackInfo& info) {
  const uint32_t id = to_uint32(info[0], "id");
  const std::string operation = "open map with id " + std::to_string(id);
  Fd fd(check(info.Env(), bpf_map_get_fd_by_id(id), operation));
  return wrap(info.Env(), std::move(fd), operation);
}

int Map::open_fd(Napi::Env env) const {
  if (!parts_.fd) raise(env, {EBADF, operation("use"), {}, "map " + name() + " is closed"});
  return parts_.fd.get();
}

Napi::Value Map::found(Napi::Env env, int result, const char* verb) const {
  if (result != 0 && errno != ENOENT) raise(env, {errno, operation(verb)});
  return Napi::Boolean::New(env, result == 0);
}

Napi::Value Map::fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), open_fd(info.Env()));
}

Napi::Value Map::description(const Napi::CallbackInfo& info) {
  auto description = Napi::Object::New(info.Env());
  description["id"] = parts_.info.id;
  description["name"] = name();
  description["type"] = parts_.info.type;
  description["keySize"] = parts_.info.key_size;
  description["valueSize"] = parts_.info.value_size;
  description["maxEntries"] = parts_.info.max_entries;
  description["flags"] = parts_.info.map_flags;
  description["userValueSize"] = static_cast<double>(parts_.user_value_size);
  return description;
}

Napi::Value Map::lookup(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Bytes key = to_bytes(info[0], "key", parts_.info.key_size);
  const Bytes value = to_bytes(info[1], "value", parts_.user_value_size);
  const uint64_t flags = to_uint64(info[2], "flags");
  return found(info.Env(), bpf_map_lookup_elem_flags(fd, key.or_null(), value.data, flags), "look up in");
}

Napi::Value Map::lookup_and_delete(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Bytes key = to_bytes(info[0], "key", parts_.info.key_size);
  const Bytes value = to_bytes(info[1], "value", parts_.user_value_size);
  const uint64_t flags = to_uint64(info[2], "flags");
  return found(info.Env(), bpf_map_lookup_and_delete_elem_flags(fd, key.or_null(), value.data, flags), "take from");
}

void Map::update(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Bytes key = to_bytes(info[0], "key", parts_.info.key_size);
  const Bytes value = to_bytes(info[1], "value", parts_.user_value_size);
  const uint64_t flags = to_uint64(info[2], "flags");
  check(info.Env(), bpf_map_update_elem(fd, key.or_null(), value.data, flags), operation("update"));
}

Napi::Value Map::update_async(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = open_fd(env);
  const Bytes key = to_bytes(info[0], "key", parts_.info.key_size);
  const Bytes value = to_bytes(info[1], "value", parts_.user_value_size);
  const uint64_t flags = to_uint64(info[2], "flags");
  Fd own = Fd::duplicate(fd);
  if (!own) raise(env, {errno, operation("update")});
  return (new UpdateWorker(env, std::move(own), key, value, flags, operation("update")))->start();
}

Napi::Value Map::remove(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Bytes key = to_bytes(info[0], "key", parts_.info.key_size);
  return found(info.Env(), bpf_map_delete_elem(fd, key.or_null()), "delete from");
}

Napi::Value Map::next_key(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const void* key = info[0].IsUndefined() ? nullptr : to_bytes(info[0], "key", parts_.info.key_size).or_null();
  const Bytes next = to_bytes(info[1], "next", parts_.info.key_size);
  return found(info.Env(), bpf_map_get_next_key(fd, key, next.data), "walk");
}

Napi::Value Map::lookup_batch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = open_fd(env);
  const uint32_t key_size = parts_.info.key_size;
  const Bytes cursor = to_bytes(info[0], "cursor");
  // A hash map keeps a bucket's number in it, an array and other maps a key.
  require_room(env, "cursor", cursor, 1, std::max<size_t>(8, key_size));
  const bool first = to_boolean(info[1], "first");
  const Bytes keys = to_bytes(info[2], "keys");
  require_room(env, "keys", keys, 1, std::max<size_t>(1, key_size));
  const size_t capacity = std::min<size_t>(keys.size / std::max<size_t>(1, key_size), UINT32_MAX);
  const Bytes values = to_bytes(info[3], "values");
  require_room(env, "values", values, capacity, parts_.user_value_size);
  const auto step = to_boolean(info[4], "andDelete") ? bpf_map_lookup_and_delete_batch : bpf_map_lookup_batch;

  auto count = static_cast<uint32_t>(capacity);
  auto options = make_opts<bpf_map_batch_opts>();
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
  require_room(env, "keys", keys, count, parts_.info.key_size);
  require_room(env, "values", values, count, parts_.user_value_size);
  auto options = make_opts<bpf_map_batch_opts>();
  options.elem_flags = to_uint64(info[3], "flags");
  check(env, bpf_map_update_batch(fd, keys.data, values.data, &count, &options), operation("update"));
  return Napi::Number::New(env, count);
}

Napi::Value Map::delete_batch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = open_fd(env);
  const Bytes keys = to_bytes(info[0], "keys");
  uint32_t count = to_uint32(info[1], "count");
  require_room(env, "keys", keys, count, parts_.info.key_size);
  auto options = make_opts<bpf_map_batch_opts>();
  const int error = bpf_map_delete_batch(fd, keys.data, &count, &options);
  if (error != -ENOENT) check(env, error, operation("delete from"));
  return Napi::Number::New(env, count);
}

void Map::freeze(const Napi::CallbackInfo& info) {
  check(info.Env(), bpf_map_freeze(open_fd(info.Env())), operation("freeze"));
}

void Map::close(const Napi::CallbackInfo&) {
  parts_.fd.reset();
}

}  // namespace ebpf
