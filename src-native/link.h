#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <variant>

#include "fd.h"
#include "handle.h"
#include "struct_ops.h"
#include "tc.h"

namespace ebpf {

struct LinkDestroyer {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }

  /** What the link points into, so that it is closed after it; mostly nothing. */
  std::shared_ptr<bpf_object> object = {};
};

/** NativeLink of lib/internal/binding.ts. */
class Link : public Handle<Link> {
 public:
  static constexpr const char* class_name = "Link";
  static constexpr napi_type_tag type_tag{0x615046adf26d05bd, 0x7b97c06b5bbba722};
  /** What libbpf attached, a link of the kernel by its descriptor, a filter, or a map; the first when closed. */
  using Parts = std::variant<std::monostate, std::unique_ptr<bpf_link, LinkDestroyer>, Fd, TcFilter, StructOps>;

  static Napi::Function define(Napi::Env env);
  explicit Link(const Napi::CallbackInfo& info);

  /** -1 where it is no link of the kernel; raises EBADF when it is closed. */
  int open_fd(Napi::Env env) const;
  /** Null unless it is one; raises EBADF when it is closed. */
  StructOps* struct_ops(Napi::Env env);

 private:
  // int bpf_link__fd(const struct bpf_link *link)
  // fd: number
  Napi::Value fd(const Napi::CallbackInfo& info);

  // int bpf_link__destroy(struct bpf_link *link)
  // int bpf_tc_detach(const struct bpf_tc_hook *hook, const struct bpf_tc_opts *opts)
  // close(): void
  void close(const Napi::CallbackInfo& info);

  void require_open(Napi::Env env) const;

  Parts attachment_;
};

}  // namespace ebpf
