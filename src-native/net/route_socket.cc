#include "net/route_socket.h"

#include <linux/rtnetlink.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <map>
#include <utility>

#include "net/netns.h"

namespace ebpf {
namespace {

using Identity = std::pair<dev_t, ino_t>;

/** This process's sockets, by namespace. */
std::mutex sockets_mutex;
std::map<Identity, std::weak_ptr<RouteSocket>> sockets;

Identity identity_of(const Fd& netns) {
  struct stat status{};
  const int error = netns ? fstat(netns.get(), &status) : stat("/proc/self/ns/net", &status);
  return error == 0 ? Identity{status.st_dev, status.st_ino} : Identity{};
}

Fd open_socket(const Fd& netns) {
  Fd made;
  const int error = in_netns(netns, [&] {
    Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    if (!fd || bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -errno;
    const int on = 1;
    // On a failure, ask for the kernel's own message, and not for a copy of the request.
    setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    made = std::move(fd);
    return 0;
  });
  if (error < 0) errno = -error;
  return made;
}

}  // namespace

std::shared_ptr<RouteSocket> RouteSocket::in(const Fd& netns) {
  const std::lock_guard<std::mutex> lock(sockets_mutex);
  const Identity identity = identity_of(netns);
  if (auto shared = sockets[identity].lock()) return shared;
  Fd kept;
  if (netns && !(kept = Fd::duplicate(netns.get()))) return nullptr;
  Fd socket = open_socket(netns);
  if (!socket) return nullptr;
  std::shared_ptr<RouteSocket> made(new RouteSocket(std::move(kept), std::move(socket)));
  for (auto it = sockets.begin(); it != sockets.end();) it = it->second.expired() ? sockets.erase(it) : std::next(it);
  sockets[identity] = made;
  return made;
}

int RouteSocket::ask(RouteMessage request, const std::function<void(const nlmsghdr&)>& read, std::string* why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint32_t sequence = ++sequence_;
  const std::vector<char>& bytes = request.with_sequence(sequence);
  while (send(socket_.get(), bytes.data(), bytes.size(), 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return receive(sequence, read, why);
}

int RouteSocket::receive(uint32_t sequence, const std::function<void(const nlmsghdr&)>& read, std::string* why) {
  for (;;) {
    sockaddr_nl sender{};
    socklen_t length = sizeof sender;
    const ssize_t bytes =
        recvfrom(socket_.get(), buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&sender), &length);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return -errno;
    if (sender.nl_pid != 0) continue;  // not the kernel
    auto left = static_cast<uint32_t>(bytes);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_seq != sequence) continue;
      if (message->nlmsg_type != NLMSG_ERROR && message->nlmsg_type != NLMSG_DONE) {
        if (read) read(*message);
        continue;
      }
      int error = 0;
      if (message->nlmsg_len >= NLMSG_LENGTH(sizeof error)) memcpy(&error, NLMSG_DATA(message), sizeof error);
      constexpr size_t capped = NLMSG_LENGTH(sizeof(nlmsgerr));
      if (why && error != 0 && (message->nlmsg_flags & NLM_F_ACK_TLVS) != 0 && message->nlmsg_len > capped) {
        const char* at = reinterpret_cast<const char*>(message) + capped;
        *why = text_of(find_attribute(at, message->nlmsg_len - capped, NLMSGERR_ATTR_MSG));
      }
      return error;
    }
  }
}

std::string RouteSocket::owner() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!owner_.empty()) return owner_;
  uint8_t random[16];
  if (getrandom(random, sizeof random, 0) != sizeof random) return {};
  std::string made;
  for (const uint8_t byte : random) {
    made += "0123456789abcdef"[byte >> 4];
    made += "0123456789abcdef"[byte & 15];
  }
  mark_ = take(made);
  if (mark_) owner_ = made;
  return owner_;
}

bool RouteSocket::is_abandoned(const std::string& owner) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return owner != owner_ && static_cast<bool>(take(owner));
}

Fd RouteSocket::take(const std::string& owner) {
  // Its first byte is 0: the kernel frees the address with the socket, and the address is valid in this namespace only.
  const std::string name = std::string("\0ebpf-owner-", 12) + owner;
  sockaddr_un address{};
  if (name.size() > sizeof address.sun_path) return Fd();
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  Fd taken;
  in_netns(netns_, [&] {
    Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd || bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) return -errno;
    taken = std::move(fd);
    return 0;
  });
  return taken;
}

namespace {

int describe(RouteSocket& socket, uint32_t ifindex, const std::function<void(const nlmsghdr&)>& read) {
  ifinfomsg interface{};
  interface.ifi_index = static_cast<int>(ifindex);
  return socket.ask(RouteMessage(RTM_GETLINK, NLM_F_ACK, interface), read);
}

}  // namespace

std::optional<InterfacePackets> packets_of(RouteSocket& socket, uint32_t ifindex) {
  std::optional<InterfacePackets> packets;
  describe(socket, ifindex, [&](const nlmsghdr& message) {
    // struct rtnl_link_stats64 begins with rx_packets and tx_packets.
    const nlattr* statistics = find_attribute<ifinfomsg>(message, IFLA_STATS64);
    if (statistics) packets = {value_of<uint64_t>(statistics, 0), value_of<uint64_t>(statistics, 1)};
  });
  return packets;
}

std::string interface_name(RouteSocket& socket, uint32_t ifindex) {
  std::string name;
  describe(socket, ifindex,
           [&](const nlmsghdr& message) { name = text_of(find_attribute<ifinfomsg>(message, IFLA_IFNAME)); });
  return name.empty() ? std::to_string(ifindex) : name;
}

}  // namespace ebpf
