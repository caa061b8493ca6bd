#include "attach/attach.h"

#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include "internal/arguments.h"

namespace ebpf {

void require_type(const AttachRequest& request, std::initializer_list<bpf_prog_type> types) {
  const bpf_program* program = request.program();
  const bpf_prog_type type = bpf_program__type(program);
  if (std::find(types.begin(), types.end(), type) != types.end()) return;
  const char* name = libbpf_bpf_prog_type_str(type);
  throw Napi::TypeError::New(request.env, std::string("program ") + bpf_program__name(program) + " is of type " +
                                              (name ? name : std::to_string(type)) + ", which cannot be attached to " +
                                              request.target);
}

Attachment Attachment::of(bpf_link* link, std::shared_ptr<bpf_object> object) {
  if (!link) return {{}, errno};
  return {LibbpfLink(link, LinkDestroyer{std::move(object)})};
}

Attachment Attachment::of(int fd) {
  if (fd < 0) return {{}, -fd};
  return {Fd(fd)};
}

void require_as_many(Napi::Env env, const char* name, size_t count, size_t wanted) {
  if (count == 0 || count == wanted) return;
  throw Napi::RangeError::New(env, std::string(name) + " must have " + std::to_string(wanted) +
                                       " elements, one per function, not " + std::to_string(count));
}

bool is_first(Napi::Object options, const char* name, const char* first, const char* second) {
  const auto text = to_text(options.Get(name), name);
  if (text != first && text != second) {
    throw Napi::TypeError::New(options.Env(),
                               std::string(name) + " must be '" + first + "' or '" + second + "', not '" + text + "'");
  }
  return text == first;
}

Attach attach_by_kind(Napi::Env env, const std::string& kind) {
  static const std::unordered_map<std::string, Attach> ways = {
      {"section", attach_section},
      {"kprobe", attach_kprobe},
      {"kprobe_multi", attach_kprobe_multi},
      {"ksyscall", attach_ksyscall},
      {"uprobe", attach_uprobe},
      {"uprobe_multi", attach_uprobe_multi},
      {"usdt", attach_usdt},
      {"tracepoint", attach_tracepoint},
      {"raw_tracepoint", attach_raw_tracepoint},
      {"trace", attach_trace},
      {"lsm", attach_lsm},
      {"freplace", attach_freplace},
      {"perf_event", attach_perf_event},
      {"iter", attach_iter},
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
  if (way == ways.end()) throw Napi::TypeError::New(env, "there is no way to attach named '" + kind + "'");
  return way->second;
}

}  // namespace ebpf
