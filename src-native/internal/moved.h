#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "internal/fd.h"
#include "net/route_socket.h"

namespace ebpf {

/**
 * Tracks the interface that a program without a link is attached to. The interface can be moved to another network
 * namespace, where it may get another index; the program moves with it.
 */
class InterfaceTrack {
 public:
  /** Null with errno set on failure. */
  static std::unique_ptr<InterfaceTrack> of(const Fd& netns, uint32_t ifindex);

  enum class State { here, gone, moved, lost };

  /**
   * `moved`: the new location is in `netns` and `ifindex`. `lost`: the interface moved to a namespace that cannot be
   * reached.
   */
  State look();

  const std::shared_ptr<RouteSocket>& socket() const { return socket_; }
  const Fd& netns() const { return netns_; }
  uint32_t ifindex() const { return ifindex_; }

  static constexpr const char* lost_message =
      "the interface was moved to another network namespace and cannot be found: the program may still be attached to "
      "it; "
      "call disconnect() to close the handle anyway";

  /**
   * Whether an interface of any reachable namespace may have the program: the interface may have been moved on, or be
   * gone from where it was moved to. `has_program` checks one interface, inside its namespace.
   */
  static bool may_be_on_another(const std::function<bool(uint32_t ifindex)>& has_program);

 private:
  InterfaceTrack() = default;
  bool start(const Fd& netns, uint32_t ifindex);

  Fd netns_;
  uint32_t ifindex_ = 0;
  std::shared_ptr<RouteSocket> socket_;
  /** Receives the message that the interface has left, and nothing else. */
  Fd news_;
  State state_ = State::here;
};

}  // namespace ebpf
