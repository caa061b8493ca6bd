#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "attach/attach.h"
#include "internal/arguments.h"
#include "net/netns.h"

namespace ebpf {
namespace {

/**
 * A socket that the caller owns. When the program is detached, its number may belong to another file; the inode
 * identifies it.
 */
class BorrowedSocket {
 public:
  /** Nothing, with errno set, if it is not a socket. */
  static std::optional<BorrowedSocket> of(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0) return std::nullopt;
    if (!S_ISSOCK(status.st_mode)) {
      errno = ENOTSOCK;
      return std::nullopt;
    }
    return BorrowedSocket(fd, status.st_ino);
  }

  int fd() const { return fd_; }

  bool is_open() const {
    struct stat status;
    return fstat(fd_, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_ino == inode_;
  }

 private:
  BorrowedSocket(int fd, ino_t inode) : fd_(fd), inode_(inode) {}

  int fd_;
  ino_t inode_;
};

/** A program that a socket option attached to the caller's socket. */
class SocketProgram : public LegacyAttach {
 public:
  SocketProgram(BorrowedSocket socket, int detach_option) : socket_(socket), detach_option_(detach_option) {}

  int detach() override {
    const auto socket = std::exchange(socket_, std::nullopt);
    if (!socket || !socket->is_open()) return 0;
    const int unused = 0;
    const int result = setsockopt(socket->fd(), SOL_SOCKET, detach_option_, &unused, sizeof unused);
    return result == 0 || errno == ENOENT ? 0 : -errno;
  }

 private:
  std::optional<BorrowedSocket> socket_;
  int detach_option_;
};

/** A packet socket of ours; closing it detaches the program. */
class PacketSocket : public LegacyAttach {
 public:
  explicit PacketSocket(Fd socket) : socket_(std::move(socket)) {}

  int detach() override {
    socket_.reset();
    return 0;
  }

 private:
  Fd socket_;
};

Attachment attach_to_socket(AttachRequest& request, int attach_option, int detach_option) {
  const auto socket = BorrowedSocket::of(to_fd(request.options.Get("fd"), "fd"));
  if (!socket) return {{}, errno};
  const int program = bpf_program__fd(request.program());
  if (setsockopt(socket->fd(), SOL_SOCKET, attach_option, &program, sizeof program) != 0) return {{}, errno};
  return Attachment::of<SocketProgram>(*socket, detach_option);
}

/** The socket has protocol 0, which receives nothing, until the program is attached and the socket is bound. */
Attachment attach_to_packets(AttachRequest& request, const Fd& netns, int ifindex) {
  const int program = bpf_program__fd(request.program());
  Fd socket;
  const int error = in_netns(netns, [&] {
    socket = Fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return socket ? 0 : -errno;
  });
  if (error < 0) return {{}, -error};
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = ifindex;
  if (setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) != 0 ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {{}, errno};
  }
  return Attachment::of<PacketSocket>(std::move(socket));
}

}  // namespace

// setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &prog_fd, sizeof prog_fd), socket(7)
Attachment attach_socket_filter(AttachRequest& request) {
  request.target = "socket filter";
  const auto ifindex = option(request.options, "ifindex", to_fd);
  if (!ifindex) return attach_to_socket(request, SO_ATTACH_BPF, SO_DETACH_BPF);
  return attach_to_packets(request, open_netns(request.options), *ifindex);
}

// setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &prog_fd, sizeof prog_fd), socket(7)
Attachment attach_reuseport(AttachRequest& request) {
  request.target = "reuseport";
  return attach_to_socket(request, SO_ATTACH_REUSEPORT_EBPF, SO_DETACH_REUSEPORT_BPF);
}

}  // namespace ebpf
