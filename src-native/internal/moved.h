#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "internal/fd.h"
#include "net/route_socket.h"

namespace ebpf {

/**
 * Where an interface is that a program without a link is attached to. The interface can be moved to another network namespace, where it may
 * have another index, and the program moves with it.
 */
class InterfaceTrack {
 public:
  /** Null with errno set on failure. */
  static std::unique_ptr<InterfaceTrack> of(const Fd& netns, uint32_t ifindex);

  enum class State { here, gone, moved, lost };

  /** `moved` has the new place in `netns` and `ifindex`; `lost` is one that has moved to where nothing leads. */
  State look();

  const std::shared_ptr<RouteSocket>& socket() const { return socket_; }
  const Fd& netns() const { return netns_; }
  uint32_t ifindex() const { return ifindex_; }

  static constexpr const char* lost_message =
      "the interface was moved to another network namespace and is not found: the program may still be attached to it; "
      "disconnect() gives it up";

  /**
   * Whether an interface of any namespace that leads somewhere may have the program, by what looks at one, inside its namespace: the
   * interface may be gone from where it was moved to, or have been moved on.
   */
  static bool may_be_on_another(const std::function<bool(uint32_t ifindex)>& has_program);

 private:
  InterfaceTrack() = default;
  bool start(const Fd& netns, uint32_t ifindex);

  Fd netns_;
  uint32_t ifindex_ = 0;
  std::shared_ptr<RouteSocket> socket_;
  /** Receives that the interface has left, and nothing else. */
  Fd news_;
  State state_ = State::here;
};

}  // namespace ebpf
