#include <cerrno>
#include <vector>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/promise_worker.h"
#include "maps/map.h"

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

}  // namespace

void Map::update(const Napi::CallbackInfo& info) {
  const int fd = open_fd(info.Env());
  const Element& element = own_element(info.Env());
  const uint64_t flags = to_uint64(info[0], "flags");
  const int result = bpf_map_update_elem(fd, element.key, element.value, flags);
  if (result < 0) raise(info.Env(), {result, operation("update")});
}

Napi::Value Map::update_async(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = open_fd(env);
  const Bytes key = to_bytes(info[0], "key", key_size());
  const Bytes value = to_bytes(info[1], "value", user_value_size());
  const uint64_t flags = to_uint64(info[2], "flags");
  Fd own = Fd::duplicate(fd);
  if (!own) raise(env, {errno, operation("update")});
  return (new UpdateWorker(env, std::move(own), key, value, flags, operation("update")))->start();
}

}  // namespace ebpf
