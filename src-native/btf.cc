#include "btf.h"

#include <bpf/bpf.h>

#include <string>

#include "arguments.h"
#include "errors.h"
#include "fd.h"

namespace ebpf {

Napi::Value btf_by_id(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t id = to_uint32(info[0], "id");
  const std::string operation = "open BTF with id " + std::to_string(id);
  const Fd fd(check(env, bpf_btf_get_fd_by_id(id), operation));
  bpf_btf_info description{};
  uint32_t length = sizeof description;
  check(env, bpf_btf_get_info_by_fd(fd.get(), &description, &length), operation);
  auto bytes = Napi::Uint8Array::New(env, description.btf_size);
  description = {};
  description.btf = reinterpret_cast<uintptr_t>(bytes.Data());
  description.btf_size = static_cast<uint32_t>(bytes.ByteLength());
  check(env, bpf_btf_get_info_by_fd(fd.get(), &description, &length), operation);
  return bytes;
}

}  // namespace ebpf
