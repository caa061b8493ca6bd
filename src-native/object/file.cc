#include "object/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "internal/fd.h"

namespace ebpf {
namespace {

// Large objects have a few megabytes. The event loop waits while the file is parsed, whatever it contains.
constexpr size_t most_bytes = size_t{64} << 20;
constexpr size_t piece = size_t{1} << 20;

int refuse_kind(mode_t mode, std::string& why) {
  why = S_ISDIR(mode)    ? "it is a directory"
        : S_ISFIFO(mode) ? "it is a pipe"
        : S_ISSOCK(mode) ? "it is a socket"
                         : "it is a device";
  why += ", not a file";
  return S_ISDIR(mode) ? EISDIR : EINVAL;
}

}  // namespace

int read_object_file(const std::string& path, ObjectFile& file, std::string& why) {
  // Opening a device may have side effects, so the file type is checked first. O_NONBLOCK is for a file that replaces
  // it meanwhile.
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return refuse_kind(status.st_mode, why);
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd || fstat(fd.get(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return refuse_kind(status.st_mode, why);
  // The size is meaningless for a file in /proc, and changes if somebody writes the file.
  size_t size = 0;
  for (;;) {
    const size_t room = std::min(std::max(piece, static_cast<size_t>(status.st_size) + 1), most_bytes + 1);
    if (file.words.size() * 8 < size + 1) file.words.resize((std::max(room, size + piece) + 7) / 8);
    const ssize_t got =
        ::read(fd.get(), reinterpret_cast<char*>(file.words.data()) + size, file.words.size() * 8 - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size > most_bytes) {
      why = "it is larger than 64 MB, too large for an object";
      return EFBIG;
    }
  }
  file.size = size;
  if (size > 0) return 0;
  why = "it is empty";
  return EINVAL;
}

std::string object_name_of(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, name.find('.'));
}

}  // namespace ebpf
