#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <variant>

#include "fd.h"
#include "handle.h"
#include "tc.h"

namespace ebpf {

struct LinkDestroyer {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

/** NativeLink of lib/internal/binding.ts. */
class Link : public Handle<Link> {
 public:
  static constexpr const char* class_name = "Link";
  static constexpr napi_type_tag type_tag{0x615046adf26d05bd, 0x7b97c06b5bbba722};
  /** What libbpf attached, a link of the kernel by its descriptor, or a filter; the first when closed. */
  using Parts = std::variant<std::monostate, std::unique_ptr<bpf_link, LinkDestroyer>, Fd, TcFilter>;

  static Napi::Function define(Napi::Env env);
  explicit Link(const Napi::CallbackInfo& info);

 private:
  // int bpf_link__fd(const struct bpf_link *link)
  // fd: number
  Napi::Value fd(const Napi::CallbackInfo& info);

  // int bpf_link__destroy(struct bpf_link *link)
  // int bpf_tc_detach(const struct bpf_tc_hook *hook, const struct bpf_tc_opts *opts)
  // close(): void
  void close(const Napi::CallbackInfo& info);

  Parts attachment_;
};

}  // namespace ebpf
