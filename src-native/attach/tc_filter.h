#pragma once

#include <memory>
#include <string>

#include "attach/unlinked.h"
#include "net/route_socket.h"

namespace ebpf {

/** One direct-action filter of a clsact qdisc. The qdisc stays when it is removed. */
class TcFilter : public Unlinked {
 public:
  struct Hook {
    std::shared_ptr<RouteSocket> socket;
    uint32_t ifindex;
    bool ingress;
  };

  /** 0 for priority or handle lets the kernel choose. */
  struct Request {
    int program = -1;
    uint32_t priority = 0;
    uint32_t handle = 0;
    bool replace = false;
    /** Marks it as this process's, and removes those of processes that are gone. */
    bool owned = false;
    /** Before the filters of others, as far as there is room: not before the first priority, unless that is of BPF. */
    bool first = false;
  };

  /** What the kernel calls it. */
  struct Name {
    uint32_t priority = 0;
    uint32_t handle = 0;
    uint32_t program_id = 0;
  };

  /** Adds it, with the qdisc where that is missing; a negative errno on failure, with the reason in `why`. */
  static int add(const Hook& hook, Request request, Name& name, std::string& why);

  TcFilter(Hook hook, Name name) : hook_(std::move(hook)), name_(name) {}

  /** Removes it where it is still ours: not if the interface is gone or another program has taken its place. */
  int detach() override;
  std::function<bool()> looker() const override;

 private:
  static int add_filter(const Hook& hook, const Request& request, Name& name, std::string& why);

  Hook hook_;
  /** Handle 0 when there is nothing to detach. */
  Name name_;
};

}  // namespace ebpf
