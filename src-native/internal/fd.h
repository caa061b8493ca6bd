#pragma once

#include <utility>

namespace ebpf {

/** Owns a file descriptor; empty if it is negative. */
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  void reset();
  /** Passes the open descriptor to the caller. */
  int release() { return std::exchange(fd_, -1); }

  /** A new descriptor of the same file, close-on-exec; empty, with errno set, if none is left. */
  static Fd duplicate(int fd);

 private:
  int fd_ = -1;
};

}  // namespace ebpf
