#include "attach/legacy_attach.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <new>

#include "internal/opts.h"
#include "net/netns.h"

namespace ebpf {
namespace {

/**
 * Whether the program with this id is attached to this interface of the calling thread's namespace. Also true if that
 * cannot be known.
 */
bool is_attached(uint32_t id, uint32_t ifindex, bpf_attach_type type) {
  __u32 ids[64];
  struct bpf_prog_query_opts query;
  init_opts(query);
  query.prog_ids = ids;
  query.count = std::size(ids);
  const int error = bpf_prog_query_opts(static_cast<int>(ifindex), type, &query);
  if (error != 0) return error != -ENOENT && error != -ENODEV;
  return std::find(ids, ids + query.count, id) != ids + query.count;
}

}  // namespace

uint32_t LegacyAttach::id_of(int program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  return bpf_prog_get_info_by_fd(program, &info, &size) == 0 ? info.id : 0;
}

int LegacyAttach::detach_or_errno() noexcept {
  try {
    return detach();
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

int AttachedProgram::detach() {
  if (!program_) return 0;
  int error;
  if (const auto& track = hook_.track) {
    const auto state = track->look();
    if (state == InterfaceTrack::State::lost) return -EXDEV;
    // The index may belong to another interface now.
    if (state == InterfaceTrack::State::gone) return program_.reset(), 0;
    const auto index = static_cast<int>(track->ifindex());
    error = in_netns(track->netns(), [&] { return bpf_prog_detach2(program_.get(), index, hook_.type); });
    // The interface has been moved on, or is gone from there.
    if (state == InterfaceTrack::State::moved && error == -ENODEV) {
      const uint32_t id = id_of(program_.get());
      const auto has_program = [&](uint32_t at) { return is_attached(id, at, hook_.type); };
      if (id == 0 || InterfaceTrack::may_be_on_another(has_program)) return -EXDEV;
    }
  } else {
    error = bpf_prog_detach2(program_.get(), hook_.target.get(), hook_.type);
  }
  // Somebody has detached the program, or the interface is gone.
  if (error != 0 && error != -ENOENT && error != -ENODEV) return error;
  program_.reset();
  return 0;
}

std::string AttachedProgram::why(int error) const {
  return error == -EXDEV ? InterfaceTrack::lost_message : "";
}

}  // namespace ebpf
