#include "attach/attach.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach(const struct bpf_program *prog)
Attachment attach_section(AttachRequest& request) {
  request.target = bpf_program__section_name(request.program());
  const bool is_usdt = request.target.compare(0, 4, "usdt") == 0;
  return Attachment::of(bpf_program__attach(request.program()), is_usdt ? request.object->object : nullptr);
}

}  // namespace ebpf
