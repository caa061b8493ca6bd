#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <cerrno>
#include <cstddef>

#include "attach/query.h"
#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/opts.h"
#include "net/netns.h"

namespace ebpf {
namespace {

void add(Napi::Array programs, uint32_t id, const char* mode) {
  if (id == 0) return;
  auto program = Napi::Object::New(programs.Env());
  program["id"] = id;
  program["mode"] = mode;
  programs[programs.Length()] = program;
}

}  // namespace

Napi::Value query_xdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[0], "options");
  const int ifindex = to_fd(options.Get("ifindex"), "ifindex");
  const Fd netns = open_netns(options);
  bpf_xdp_query_opts answer;
  init_opts(answer);
  // The driver's features are not requested: that is another query.
  answer.sz = offsetof(bpf_xdp_query_opts, feature_flags);
  std::string log;
  LogScope scope(log);
  const int error = in_netns(netns, [&] {
    char name[IF_NAMESIZE];
    // libbpf goes through all interfaces, and does not report that one is missing.
    return if_indextoname(static_cast<unsigned>(ifindex), name) ? bpf_xdp_query(ifindex, 0, &answer) : -ENODEV;
  });
  check(env, error, "query xdp", log);
  auto programs = Napi::Array::New(env);
  add(programs, answer.hw_prog_id, "hardware");
  add(programs, answer.drv_prog_id, "native");
  add(programs, answer.skb_prog_id, "generic");
  return programs;
}

}  // namespace ebpf
