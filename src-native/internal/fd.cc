#include "internal/fd.h"

#include <fcntl.h>
#include <unistd.h>

namespace ebpf {

void Fd::reset() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

Fd Fd::duplicate(int fd) {
  return Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

}  // namespace ebpf
