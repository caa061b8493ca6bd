#pragma once

#include <memory>
#include <string>

#include "attach/legacy_attach.h"
#include "net/route_socket.h"

namespace ebpf {

/** One direct-action filter of a clsact qdisc. The qdisc stays when the filter is removed. */
class TcFilter : public LegacyAttach {
 public:
  struct Hook {
    std::shared_ptr<RouteSocket> socket;
    uint32_t ifindex;
    bool ingress;
  };

  /** If priority or handle is 0, the kernel chooses it. */
  struct Request {
    int program = -1;
    uint32_t priority = 0;
    uint32_t handle = 0;
    bool replace = false;
    /** Marks the filter as this process's, and removes the filters of processes that are gone. */
    bool owned = false;
    /**
     * Before the filters of others, as far as there is room: a filter cannot precede priority 1 unless that priority's
     * filters are BPF.
     */
    bool first = false;
  };

  /** How the kernel identifies the filter. */
  struct Name {
    uint32_t priority = 0;
    uint32_t handle = 0;
    uint32_t program_id = 0;
  };

  /** Adds the filter, and the qdisc if it is missing. Returns a negative errno on failure, with the reason in `why`. */
  static int add(const Hook& hook, Request request, Name& name, std::string& why);

  TcFilter(Hook hook, Name name) : hook_(std::move(hook)), name_(name) {}

  /** Removes the filter if it is still ours: not if the interface is gone or another program has replaced it. */
  int detach() override;
  std::function<bool()> looker() const override;

 private:
  static int add_filter(const Hook& hook, const Request& request, Name& name, std::string& why);

  Hook hook_;
  /** Handle 0 if there is nothing to detach. */
  Name name_;
};

}  // namespace ebpf
