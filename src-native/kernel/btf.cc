#include "kernel/btf.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "kernel/kernel_object.h"

namespace ebpf {

Napi::Object btf_info(Napi::Env env, int fd, const std::string& operation) {
  char name[256] = {};
  bpf_btf_info btf{};
  btf.name = reinterpret_cast<uintptr_t>(name);
  btf.name_len = sizeof name;
  uint32_t length = sizeof btf;
  int error = bpf_btf_get_info_by_fd(fd, &btf, &length);
  if (error == -E2BIG) {
    // Linux 5.10 does not know names yet, and rejects fields that it does not know unless they are zero.
    btf = {};
    length = sizeof btf;
    error = bpf_btf_get_info_by_fd(fd, &btf, &length);
  }
  check(env, error, operation);
  auto description = Napi::Object::New(env);
  description["id"] = btf.id;
  description["name"] = name;
  description["size"] = btf.btf_size;
  description["kernel"] = Napi::Boolean::New(env, btf.kernel_btf != 0);
  return description;
}

Napi::Value btf_by_id(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t id = to_uint32(info[0], "id");
  const std::string operation = "read BTF with id " + std::to_string(id);
  const Fd fd = open_by_id(KernelObject::btf, id);
  if (!fd) raise(env, {errno, operation});
  bpf_btf_info size{};
  uint32_t length = sizeof size;
  check(env, bpf_btf_get_info_by_fd(fd.get(), &size, &length), operation);
  auto bytes = Napi::Uint8Array::New(env, size.btf_size);
  bpf_btf_info btf{};
  btf.btf = reinterpret_cast<uintptr_t>(bytes.Data());
  btf.btf_size = size.btf_size;
  length = sizeof btf;
  check(env, bpf_btf_get_info_by_fd(fd.get(), &btf, &length), operation);
  return bytes;
}

}  // namespace ebpf
