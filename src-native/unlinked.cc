#include "unlinked.h"

#include <cerrno>

#include "netns.h"

namespace ebpf {

int AttachedProgram::detach() {
  if (!program_) return 0;
  const int error = in_netns(hook_.netns, [&] {
    const int target = hook_.target ? hook_.target.get() : static_cast<int>(hook_.ifindex);
    return bpf_prog_detach2(program_.get(), target, hook_.type);
  });
  // Somebody has detached it, or the interface is gone.
  if (error != 0 && error != -ENOENT && error != -ENODEV) return error;
  program_.reset();
  return 0;
}

}  // namespace ebpf
