#include "internal/moved.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <set>

#include "net/netns.h"

namespace ebpf {
namespace {

/**
 * Of the messages about interfaces, lets through only the one that this interface is gone. Others would fill the
 * socket's memory, because nobody reads it before.
 */
int filter_messages(int socket, uint32_t ifindex) {
  constexpr uint32_t body = NLMSG_HDRLEN;
  // Loaded values are already converted from network byte order.
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 0, 5),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, body + offsetof(ifinfomsg, ifi_family)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNSPEC, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, body + offsetof(ifinfomsg, ifi_index)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(ifindex), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program{std::size(code), code};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

Fd open_news(const Fd& netns, uint32_t ifindex) {
  Fd made;
  const int error = in_netns(netns, [&] {
    Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK;
    if (!fd || filter_messages(fd.get(), ifindex) != 0) return -errno;
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -errno;
    made = std::move(fd);
    return 0;
  });
  if (error < 0) errno = -error;
  return made;
}

/** The id that the socket's namespace has assigned to the namespace in `attribute`; negative if there is none. */
int namespace_id(RouteSocket& socket, uint16_t attribute, int value) {
  RouteMessage request(RTM_GETNSID, NLM_F_ACK, rtgenmsg{});
  request.add(attribute, int32_t{value});
  int id = -1;
  const int error = socket.ask(std::move(request), [&](const nlmsghdr& message) {
    const nlattr* found = find_attribute<rtgenmsg>(message, NETNSA_NSID);
    if (message.nlmsg_type == RTM_NEWNSID && found) id = value_of<int32_t>(found);
  });
  return error < 0 ? error : id;
}

/** Searches the files of a directory, each followed by `suffix`, for the namespace with this id. */
Fd search(RouteSocket& socket, const std::string& directory, const std::string& suffix, int id) {
  DIR* list = opendir(directory.c_str());
  if (!list) return Fd();
  Fd found;
  while (const dirent* entry = readdir(list)) {
    if (entry->d_name[0] == '.') continue;
    // A name in /run/netns may be anything, and opening a FIFO would block forever.
    Fd fd(open((directory + "/" + entry->d_name + suffix).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd || namespace_id(socket, NETNSA_FD, fd.get()) != id) continue;
    found = std::move(fd);
    break;
  }
  closedir(list);
  return found;
}

/** Whether any interface of the calling thread's namespace has the program. Also true if that cannot be known. */
bool any_interface(const std::function<bool(uint32_t)>& has_program) {
  struct if_nameindex* list = if_nameindex();
  if (!list) return true;
  bool found = false;
  for (auto* each = list; each->if_index != 0 && !found; each++) found = has_program(each->if_index);
  if_freenameindex(list);
  return found;
}

}  // namespace

bool InterfaceTrack::may_be_on_another(const std::function<bool(uint32_t)>& has_program) {
  std::set<std::pair<dev_t, ino_t>> seen;
  bool found = false;
  const auto look_into = [&](const std::string& file) {
    // A name in /run/netns may be anything, and opening a FIFO would block forever.
    Fd netns(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status;
    struct statfs system;
    if (!netns || fstatfs(netns.get(), &system) != 0 || system.f_type != NSFS_MAGIC) return;
    if (fstat(netns.get(), &status) != 0 || !seen.emplace(status.st_dev, status.st_ino).second) return;
    const int error = in_netns(netns, [&] {
      found = any_interface(has_program);
      return 0;
    });
    if (error != 0) found = true;
  };
  for (const auto& [directory, suffix] : {std::pair{"/run/netns", ""}, std::pair{"/proc", "/ns/net"}}) {
    DIR* list = opendir(directory);
    if (!list) continue;
    while (const dirent* entry = found ? nullptr : readdir(list)) {
      if (entry->d_name[0] != '.') look_into(std::string(directory) + "/" + entry->d_name + suffix);
    }
    closedir(list);
  }
  // Without /proc, not even the process's own namespace has been checked.
  return found || seen.empty();
}

std::unique_ptr<InterfaceTrack> InterfaceTrack::of(const Fd& netns, uint32_t ifindex) {
  std::unique_ptr<InterfaceTrack> track(new InterfaceTrack());
  if (netns && !(track->netns_ = Fd::duplicate(netns.get()))) return nullptr;
  return track->start(netns, ifindex) ? std::move(track) : nullptr;
}

bool InterfaceTrack::start(const Fd& netns, uint32_t ifindex) {
  auto socket = RouteSocket::in(netns);
  Fd news = socket ? open_news(netns, ifindex) : Fd();
  if (!news) return false;
  ifindex_ = ifindex;
  socket_ = std::move(socket);
  news_ = std::move(news);
  return true;
}

InterfaceTrack::State InterfaceTrack::look() {
  if (state_ == State::gone) return state_;
  alignas(nlmsghdr) char buffer[16 * 1024];
  const ssize_t bytes = recv(news_.get(), buffer, sizeof buffer, 0);
  const auto* message = reinterpret_cast<const nlmsghdr*>(buffer);
  if (bytes < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(ifinfomsg))) || message->nlmsg_len > bytes) return state_;
  const nlattr* id = find_attribute<ifinfomsg>(*message, IFLA_NEW_NETNSID);
  const nlattr* index = find_attribute<ifinfomsg>(*message, IFLA_NEW_IFINDEX);
  if (!id) return state_ = State::gone;
  const int wanted = value_of<int32_t>(id);
  const uint32_t ifindex = index ? value_of<uint32_t>(index) : ifindex_;
  Fd netns = search(*socket_, "/run/netns", "", wanted);
  if (!netns) netns = search(*socket_, "/proc", "/ns/net", wanted);
  if (!netns) {
    // A namespace that has ended has taken the interface with it.
    return state_ = namespace_id(*socket_, NETNSA_NSID, wanted) == -ENOENT ? State::gone : State::lost;
  }
  // It may move again; nobody knows what happened to it in between.
  const Fd there = Fd::duplicate(netns.get());
  netns_ = std::move(netns);
  return state_ = start(there, ifindex) ? State::moved : State::lost;
}

}  // namespace ebpf
