#include "attach/attach.h"
#include "attach/mprog.h"

namespace ebpf {

// As attach_tcx of tc.cc.
Attachment attach_netkit(AttachRequest& request) {
  const bool primary = is_first(request.options, "side", "primary", "peer");
  request.target = "netkit";
  return attach_to_hook(request, primary ? BPF_NETKIT_PRIMARY : BPF_NETKIT_PEER);
}

}  // namespace ebpf
