#include "query.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "arguments.h"
#include "cgroup.h"
#include "errors.h"
#include "netns.h"
#include "opts.h"

namespace ebpf {
namespace {

struct Hook {
  bpf_attach_type type;
  /** Where an interface is meant. */
  Fd netns;
  /** Owned, where a descriptor is meant. */
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
  throw Napi::TypeError::New(value.Env(), std::string(name) + " must be a name of libbpf, not '" + wanted + "'");
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

/** The lists that the kernel fills, with as many places as `count` says. */
struct Lists {
  std::vector<uint32_t> programs, program_flags, links, link_flags;

  explicit Lists(size_t count) : programs(count), program_flags(count), links(count), link_flags(count) {}
};

/** Only where programs are ordered (mprog) does the kernel tell links and a revision; elsewhere it refuses the lists. */
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

  auto answer = make_opts<struct bpf_prog_query_opts>();
  int error = query(hook, effective, answer);
  Lists lists(0);
  // Once more when programs have come meanwhile.
  for (int tries = 0; error == 0 && answer.count > lists.programs.size() && tries < 10; tries++) {
    lists = Lists(answer.count);
    const uint32_t count = answer.count;
    answer = make_opts<struct bpf_prog_query_opts>();
    answer.count = count;
    answer.prog_ids = lists.programs.data();
    if (has_links(hook.type)) {
      answer.prog_attach_flags = lists.program_flags.data();
      answer.link_ids = lists.links.data();
      answer.link_attach_flags = lists.link_flags.data();
    }
    error = query(hook, effective, answer);
    if (error == -ENOSPC) {
      lists = Lists(0);
      error = 0;
    }
  }
  check(env, error, "query " + hook.name);

  auto programs = Napi::Array::New(env);
  for (uint32_t i = 0; i < std::min<size_t>(answer.count, lists.programs.size()); i++) {
    auto program = Napi::Object::New(env);
    program["id"] = lists.programs[i];
    if (lists.links[i] != 0) program["linkId"] = lists.links[i];
    programs[i] = program;
  }
  auto result = Napi::Object::New(env);
  result["programs"] = programs;
  if (answer.revision != 0) result["revision"] = Napi::BigInt::New(env, uint64_t{answer.revision});
  return result;
}

}  // namespace ebpf
