#include "attach.h"

#include <algorithm>
#include <cerrno>
#include <unordered_map>

namespace ebpf {

void require_type(const AttachRequest& request, std::initializer_list<bpf_prog_type> types) {
  const bpf_program* program = request.program();
  const bpf_prog_type type = bpf_program__type(program);
  if (std::find(types.begin(), types.end(), type) != types.end()) return;
  const char* name = libbpf_bpf_prog_type_str(type);
  throw Napi::TypeError::New(request.env, std::string("program ") + bpf_program__name(program) + " is of type " +
                                              (name ? name : std::to_string(type)) + ", which attaches to no " +
                                              request.target);
}

Attachment Attachment::of(bpf_link* link) {
  if (!link) return {{}, errno};
  return {LibbpfLink(link)};
}

Attachment Attachment::of(int fd) {
  if (fd < 0) return {{}, -fd};
  return {Fd(fd)};
}

Attach attach_by_kind(Napi::Env env, const std::string& kind) {
  static const std::unordered_map<std::string, Attach> ways = {
      {"section", attach_section},
      {"kprobe", attach_kprobe},
      {"tracepoint", attach_tracepoint},
      {"raw_tracepoint", attach_raw_tracepoint},
      {"tcx", attach_tcx},
      {"netkit", attach_netkit},
      {"clsact", attach_clsact},
      {"xdp", attach_xdp},
      {"cgroup", attach_cgroup},
      {"netns", attach_netns},
      {"netfilter", attach_netfilter},
      {"sockmap", attach_sockmap},
      {"socket_filter", attach_socket_filter},
      {"reuseport", attach_reuseport},
  };
  const auto way = ways.find(kind);
  if (way == ways.end()) throw Napi::TypeError::New(env, "no program is attached by '" + kind + "'");
  return way->second;
}

}  // namespace ebpf
