#include "net/netns.h"

#include "attach/attach.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_netns(const struct bpf_program *prog, int netns_fd)
Attachment attach_netns(AttachRequest& request) {
  const Fd netns = open_netns_or_own(request.options);
  request.target = "netns";
  require_type(request, {BPF_PROG_TYPE_SK_LOOKUP, BPF_PROG_TYPE_FLOW_DISSECTOR});
  return Attachment::of(bpf_program__attach_netns(request.program(), netns.get()));
}

}  // namespace ebpf
