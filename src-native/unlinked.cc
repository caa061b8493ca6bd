#include "unlinked.h"

#include <cerrno>

#include "netns.h"

namespace ebpf {

int AttachedProgram::detach() {
  const Fd program = std::exchange(program_, Fd());
  if (!program) return 0;
  const int error = in_netns(hook_.netns, [&] {
    const int target = hook_.target ? hook_.target.get() : static_cast<int>(hook_.ifindex);
    return bpf_prog_detach2(program.get(), target, hook_.type);
  });
  // Somebody has detached it, or the interface is gone.
  return error == -ENOENT || error == -ENODEV ? 0 : error;
}

}  // namespace ebpf
