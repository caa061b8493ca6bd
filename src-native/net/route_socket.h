#pragma once

#include <linux/netlink.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "internal/fd.h"
#include "net/route_message.h"

namespace ebpf {

/**
 * An rtnetlink(7) socket in a network namespace. Everything that this process attaches there without a link shares it,
 * on any thread: detaching then needs no new descriptor, which might not be available.
 */
class RouteSocket {
 public:
  /** The socket of a namespace; of the process's own if `netns` is empty. Null with errno set on failure. */
  static std::shared_ptr<RouteSocket> in(const Fd& netns);

  /**
   * Passes on each message of the answer, and returns 0 or a negative errno. `why` gets the kernel's reason for a
   * failure.
   */
  int ask(RouteMessage request, const std::function<void(const nlmsghdr&)>& read = {}, std::string* why = nullptr);

  /**
   * A mark on a filter that says which process it belongs to. It is unique, and stays taken in this namespace as long
   * as this process keeps the socket, however the process ends. A pid would mean nothing to a reader in another pid
   * namespace. Empty if there is no mark.
   */
  std::string owner();

  /** Whether the process that had this mark is gone. */
  bool is_abandoned(const std::string& owner);

 private:
  RouteSocket(Fd netns, Fd socket) : netns_(std::move(netns)), socket_(std::move(socket)), buffer_(64 * 1024) {}

  /** Takes the mark, as an abstract unix(7) address; empty if it is already taken. */
  Fd take(const std::string& owner);
  /** Reads to the end of the answer. */
  int receive(uint32_t sequence, const std::function<void(const nlmsghdr&)>& read, std::string* why);

  std::mutex mutex_;
  Fd netns_;
  Fd socket_;
  Fd mark_;
  std::string owner_;
  uint32_t sequence_ = 0;
  std::vector<char> buffer_;
};

/** What an interface has counted since it was created. */
struct InterfacePackets {
  uint64_t received;
  uint64_t sent;
};

/** Nothing if the kernel does not report it. */
std::optional<InterfacePackets> packets_of(RouteSocket& socket, uint32_t ifindex);

/** The interface's name, or its index if the kernel does not report the name. */
std::string interface_name(RouteSocket& socket, uint32_t ifindex);

}  // namespace ebpf
