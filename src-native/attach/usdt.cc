#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_usdt(const struct bpf_program *prog, pid_t pid, const char *binary_path,
//                                           const char *usdt_provider, const char *usdt_name,
//                                           const struct bpf_usdt_opts *opts)
Attachment attach_usdt(AttachRequest& request) {
  const auto path = to_text(request.options.Get("path"), "path");
  const auto provider = to_text(request.options.Get("provider"), "provider");
  const auto name = to_text(request.options.Get("name"), "name");
  const auto pid = option(request.options, "pid", to_int32).value_or(-1);
  bpf_usdt_opts usdt;
  init_opts(usdt);
  usdt.usdt_cookie = option(request.options, "cookie", to_cookie).value_or(0);
  request.target = "usdt " + path + ":" + provider + ":" + name;
  bpf_link* link =
      bpf_program__attach_usdt(request.program(), pid, path.c_str(), provider.c_str(), name.c_str(), &usdt);
  // When the link ends, it releases its entries in the object's maps.
  return Attachment::of(link, request.object->object);
}

}  // namespace ebpf
