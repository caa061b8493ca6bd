#include "attach/query.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "attach/cgroup_directory.h"
#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/opts.h"
#include "net/netns.h"

namespace ebpf {
namespace {

struct Hook {
  bpf_attach_type type;
  /** Set if the target is an interface. */
  Fd netns;
  /** Owned; set if the target is a descriptor. */
  Fd fd;
  int ifindex = 0;
  /** `tcx_ingress` */
  std::string name;
};

bpf_attach_type to_attach_type(Napi::Value value, const char* name) {
  const auto wanted = to_text(value, name);
  for (int type = 0; type < __MAX_BPF_ATTACH_TYPE; type++) {
    const char* known = libbpf_bpf_attach_type_str(static_cast<bpf_attach_type>(type));
    if (known && wanted == known) return static_cast<bpf_attach_type>(type);
  }
  throw Napi::TypeError::New(value.Env(),
                             std::string(name) + " must be an attach type as libbpf spells it, not '" + wanted + "'");
}

Hook to_hook(Napi::Object options) {
  Hook hook{};
  hook.type = to_attach_type(options.Get("attachType"), "attachType");
  hook.name = libbpf_bpf_attach_type_str(hook.type);
  if (const auto cgroup = option(options, "cgroup", to_object)) {
    hook.fd = Cgroup::of(*cgroup).directory;
  } else if (const auto ifindex = option(options, "ifindex", to_fd)) {
    hook.ifindex = *ifindex;
    hook.netns = open_netns(options);
  } else if (const auto map = option(options, "map", to_fd)) {
    hook.fd = Fd::duplicate(*map);
    if (!hook.fd) raise(options.Env(), {errno, "query " + hook.name});
  } else {
    hook.fd = open_netns_or_own(options);
  }
  return hook;
}

/** For other hooks, the kernel does not report links. */
bool has_links(bpf_attach_type type) {
  return type == BPF_TCX_INGRESS || type == BPF_TCX_EGRESS || type == BPF_NETKIT_PRIMARY || type == BPF_NETKIT_PEER;
}

int query(const Hook& hook, bool effective, struct bpf_prog_query_opts& options) {
  if (effective) options.query_flags = BPF_F_QUERY_EFFECTIVE;
  return in_netns(hook.netns,
                  [&] { return bpf_prog_query_opts(hook.fd ? hook.fd.get() : hook.ifindex, hook.type, &options); });
}

}  // namespace

Napi::Value query_programs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto request = to_object(info[0], "hook");
  const bool effective = option(request, "effective", to_boolean).value_or(false);
  const Hook hook = to_hook(request);

  std::vector<uint32_t> programs, links;
  struct bpf_prog_query_opts answer;
  init_opts(answer);
  std::string log;
  LogScope scope(log);
  int error = query(hook, effective, answer);
  // The first query gets the count. Query again as long as programs are added in between.
  for (int tries = 0; tries < 10 && (error == -ENOSPC || (error == 0 && answer.count > programs.size())); tries++) {
    programs.assign(answer.count, 0);
    links.assign(answer.count, 0);
    init_opts(answer);
    answer.count = static_cast<uint32_t>(programs.size());
    answer.prog_ids = programs.data();
    if (has_links(hook.type)) answer.link_ids = links.data();
    error = query(hook, effective, answer);
  }
  check(env, error, "query " + hook.name, log);

  auto list = Napi::Array::New(env);
  for (uint32_t i = 0; i < std::min<size_t>(answer.count, programs.size()); i++) {
    auto program = Napi::Object::New(env);
    program["id"] = programs[i];
    if (links[i] != 0) program["linkId"] = links[i];
    list[i] = program;
  }
  auto result = Napi::Object::New(env);
  result["programs"] = list;
  if (answer.revision != 0) result["revision"] = Napi::BigInt::New(env, uint64_t{answer.revision});
  return result;
}

}  // namespace ebpf
