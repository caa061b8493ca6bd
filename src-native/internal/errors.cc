#include "internal/errors.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdlib>
#include <iterator>

#include "internal/addon.h"
#include "internal/errno_names.h"

namespace ebpf {
namespace {

// enum libbpf_errno
constexpr const char* libbpf_names[] = {"LIBELF", "FORMAT",   "KVERSION", "ENDIAN",   "INTERNAL", "RELOC",  "LOAD",
                                        "VERIFY", "PROG2BIG", "KVER",     "PROGTYPE", "WRNGPID",  "INVSEQ", "NLPARSE"};
static_assert(std::size(libbpf_names) == __LIBBPF_ERRNO__END - __LIBBPF_ERRNO__START);

// An errno that is not meant for user space (include/linux/errno.h), but map operations return it.
constexpr int enotsupp = 524;

/** `ENOENT` */
std::string error_name(int error) {
  if (error == enotsupp) return "ENOTSUPP";
  if (error >= __LIBBPF_ERRNO__START && error < __LIBBPF_ERRNO__END) {
    return std::string("LIBBPF_ERRNO__") + libbpf_names[error - __LIBBPF_ERRNO__START];
  }
  const char* name = errno_name(error);
  return name != nullptr ? name : "Unknown system error " + std::to_string(-error);
}

}  // namespace

Napi::Error make_error(Napi::Env env, const Failure& failure) {
  const int error = std::abs(failure.error);
  auto fields = Napi::Object::New(env);
  fields["code"] = error_name(error);
  fields["errno"] = error;
  fields["operation"] = failure.operation;
  if (!failure.message.empty()) fields["message"] = failure.message;
  if (!failure.log.empty()) fields["log"] = failure.log;

  auto& factory = Addon::of(env).error_factory;
  if (!factory.IsEmpty()) {
    const Napi::Value made = factory.Call({fields});
    if (made.IsObject()) return Napi::Error(env, made);
  }
  const auto message = failure.message.empty() ? failure.operation + ": " + error_name(error) : failure.message;
  auto plain = Napi::Error::New(env, message);
  for (const char* field : {"code", "errno", "operation", "log"}) plain.Value()[field] = fields.Get(field);
  return plain;
}

void raise(Napi::Env env, const Failure& failure) {
  throw make_error(env, failure);
}

}  // namespace ebpf
