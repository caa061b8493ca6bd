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
 * A socket of rtnetlink(7) in a network namespace. All that this process attaches there without a link shares it, on any thread: to
 * detach takes no descriptor then, of which there may be none left.
 */
class RouteSocket {
 public:
  /** That of a namespace; of the process's own where `netns` is empty. Null with errno set on failure. */
  static std::shared_ptr<RouteSocket> in(const Fd& netns);

  /**
   * Passes each message of the answer on, and returns 0 or a negative errno. `why` is what the kernel says of a failure.
   */
  int ask(RouteMessage request, const std::function<void(const nlmsghdr&)>& read = {}, std::string* why = nullptr);

  /**
   * What a filter is marked with to tell whose it is: nobody else has it, and it is taken in this namespace for as long as this process
   * keeps the socket, however that ends. A pid would say nothing to who is in another pid namespace. Empty where there is none.
   */
  std::string owner();

  /** Whether whoever had that mark is gone. */
  bool is_abandoned(const std::string& owner);

 private:
  RouteSocket(Fd netns, Fd socket) : netns_(std::move(netns)), socket_(std::move(socket)), buffer_(64 * 1024) {}

  /** Takes the mark, as an abstract address of unix(7); empty when it is taken already. */
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

/** What an interface has counted since it was made. */
struct InterfacePackets {
  uint64_t received;
  uint64_t sent;
};

/** Nothing where the kernel does not say. */
std::optional<InterfacePackets> packets_of(RouteSocket& socket, uint32_t ifindex);

/** The index, where the kernel does not say. */
std::string interface_name(RouteSocket& socket, uint32_t ifindex);

}  // namespace ebpf
