#include "unlinked.h"

#include <cerrno>
#include <new>

#include "netns.h"

namespace ebpf {

int Unlinked::detach_or_errno() noexcept {
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
    // The index may be another interface's now.
    if (state == InterfaceTrack::State::gone) return program_.reset(), 0;
    const auto index = static_cast<int>(track->ifindex());
    error = in_netns(track->netns(), [&] { return bpf_prog_detach2(program_.get(), index, hook_.type); });
    // It has been moved on, or is gone from there.
    if (state == InterfaceTrack::State::moved && error == -ENODEV) return -EXDEV;
  } else {
    error = bpf_prog_detach2(program_.get(), hook_.target.get(), hook_.type);
  }
  // Somebody has detached it, or the interface is gone.
  if (error != 0 && error != -ENOENT && error != -ENODEV) return error;
  program_.reset();
  return 0;
}

std::string AttachedProgram::why(int error) const {
  return error == -EXDEV ? InterfaceTrack::lost_message : "";
}

}  // namespace ebpf
