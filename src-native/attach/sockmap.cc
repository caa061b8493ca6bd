#include <bpf/bpf.h>

#include <cerrno>

#include "attach/attach.h"
#include "internal/arguments.h"

namespace ebpf {

// struct bpf_link *bpf_program__attach_sockmap(const struct bpf_program *prog, int map_fd)
// int bpf_prog_attach_opts(int prog_fd, int target, enum bpf_attach_type type,
//                          const struct bpf_prog_attach_opts *opts)
Attachment attach_sockmap(AttachRequest& request) {
  Fd map = Fd::duplicate(to_fd(request.options.Get("map"), "map"));
  request.target = "sock map";
  require_type(request, {BPF_PROG_TYPE_SK_MSG, BPF_PROG_TYPE_SK_SKB});
  if (!map) return {{}, errno};
  bpf_program* program = request.program();
  Attachment attachment = Attachment::of(bpf_program__attach_sockmap(program, map.get()));
  if (attachment.error != EINVAL) return attachment;
  // Sock maps have links since Linux 6.10 (699c23f02c65).
  Fd kept = Fd::duplicate(bpf_program__fd(program));
  if (!kept) return {{}, errno};
  const auto type = bpf_program__expected_attach_type(program);
  const int error = bpf_prog_attach_opts(kept.get(), map.get(), type, nullptr);
  if (error < 0) return {{}, -error};
  return Attachment::of<AttachedProgram>(std::move(kept), AttachedProgram::Hook{nullptr, std::move(map), type});
}

}  // namespace ebpf
