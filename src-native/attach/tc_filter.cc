#include "attach/tc_filter.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <vector>

namespace ebpf {
namespace {

constexpr uint32_t clsact = TC_H_MAKE(TC_H_CLSACT, 0);
constexpr const char* owner_mark = " ebpf-owner:";

tcmsg parent_of(const TcFilter::Hook& hook) {
  tcmsg place{};
  place.tcm_ifindex = static_cast<int>(hook.ifindex);
  place.tcm_parent = TC_H_MAKE(TC_H_CLSACT, hook.ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
  return place;
}

tcmsg filter_at(const TcFilter::Hook& hook, uint32_t priority, uint32_t handle) {
  tcmsg place = parent_of(hook);
  place.tcm_handle = handle;
  place.tcm_info = TC_H_MAKE(priority << 16, htons(ETH_P_ALL));
  return place;
}

struct Found {
  TcFilter::Name name;
  std::string text;
};

/** Reads the filter from a message; false unless it is a BPF filter. */
bool read_filter(const nlmsghdr& message, Found& found) {
  if (message.nlmsg_type != RTM_NEWTFILTER || text_of(find_attribute<tcmsg>(message, TCA_KIND)) != "bpf") return false;
  const nlattr* options = find_attribute<tcmsg>(message, TCA_OPTIONS);
  if (!options) return false;
  const auto& place = *static_cast<const tcmsg*>(NLMSG_DATA(&message));
  const auto inside = [&](uint16_t type) { return find_attribute(data_of(*options), size_of(*options), type); };
  found.name = {TC_H_MAJ(place.tcm_info) >> 16, place.tcm_handle, value_of<uint32_t>(inside(TCA_BPF_ID))};
  found.text = text_of(inside(TCA_BPF_NAME));
  return place.tcm_handle != 0;
}

/** A negative errno if there is no such filter. */
int look(const TcFilter::Hook& hook, const TcFilter::Name& name, Found& found) {
  RouteMessage request(RTM_GETTFILTER, NLM_F_ACK | NLM_F_ECHO, filter_at(hook, name.priority, name.handle));
  request.add(TCA_KIND, "bpf");
  bool seen = false;
  const int error = hook.socket->ask(std::move(request),
                                     [&](const nlmsghdr& message) { seen = read_filter(message, found) || seen; });
  return error != 0 || seen ? error : -ENOENT;
}

int remove(const TcFilter::Hook& hook, const TcFilter::Name& name) {
  RouteMessage request(RTM_DELTFILTER, NLM_F_ACK, filter_at(hook, name.priority, name.handle));
  request.add(TCA_KIND, "bpf");
  return hook.socket->ask(std::move(request));
}

/** `ingress` or `clsact`, if there is such a qdisc; otherwise empty. */
std::string qdisc_kind(const TcFilter::Hook& hook) {
  tcmsg place{};
  place.tcm_ifindex = static_cast<int>(hook.ifindex);
  place.tcm_parent = TC_H_CLSACT;
  std::string kind;
  // Without an echo, older kernels report it only to listeners for all changes.
  hook.socket->ask(RouteMessage(RTM_GETQDISC, NLM_F_ACK | NLM_F_ECHO, place), [&](const nlmsghdr& message) {
    if (message.nlmsg_type == RTM_NEWQDISC) kind = text_of(find_attribute<tcmsg>(message, TCA_KIND));
  });
  return kind;
}

int require_qdisc(const TcFilter::Hook& hook, std::string& why) {
  tcmsg place{};
  place.tcm_ifindex = static_cast<int>(hook.ifindex);
  place.tcm_handle = clsact;
  place.tcm_parent = TC_H_CLSACT;
  RouteMessage request(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, place);
  request.add(TCA_KIND, "clsact");
  const int error = hook.socket->ask(std::move(request), {}, &why);
  if (error != -EEXIST) return error;
  why.clear();
  if (hook.ingress) return 0;
  // The kernel accepts an egress filter where there is no egress, and runs it on incoming packets.
  const std::string kind = qdisc_kind(hook);
  if (kind.empty() || kind == "clsact") return 0;
  why = "interface " + interface_name(*hook.socket, hook.ifindex) + " has a qdisc of kind " + kind +
        " in place of clsact, which has no egress hook";
  return -EINVAL;
}

/** Whether one of ours may share the priority: a priority has filters of one kind, for one protocol. */
bool is_shareable(const nlmsghdr& message) {
  const auto& place = *static_cast<const tcmsg*>(NLMSG_DATA(&message));
  return text_of(find_attribute<tcmsg>(message, TCA_KIND)) == "bpf" && TC_H_MIN(place.tcm_info) == htons(ETH_P_ALL);
}

/**
 * The priority at which a new filter runs before as many filters of others as possible; 0 if there are none before
 * `name`, or none at all. Filters of others may end the chain, so that those behind them do not see the packet. Ours
 * always pass it on.
 */
uint32_t foremost(const TcFilter::Hook& hook, const TcFilter::Name* name = nullptr) {
  uint32_t chosen = 0, taken = 0;
  bool is_behind = false;
  // The kernel lists them in the order in which they run. Within a priority, the newest BPF filter runs first.
  hook.socket->ask(RouteMessage(RTM_GETTFILTER, NLM_F_DUMP, parent_of(hook)), [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWTFILTER || is_behind || chosen != 0) return;
    const auto& place = *static_cast<const tcmsg*>(NLMSG_DATA(&message));
    const nlattr* chain = find_attribute<tcmsg>(message, TCA_CHAIN);
    if (place.tcm_handle == 0 || (chain && value_of<uint32_t>(chain) != 0)) return;
    const uint32_t priority = TC_H_MAJ(place.tcm_info) >> 16;
    is_behind = name && priority == name->priority && place.tcm_handle == name->handle;
    Found found;
    if (is_behind || (read_filter(message, found) && found.text.find(owner_mark) != std::string::npos)) return;
    if (priority - 1 > taken) {
      chosen = priority - 1;
    } else if (is_shareable(message)) {
      chosen = priority;
    } else {
      taken = priority;
    }
  });
  return chosen;
}

/** Filters left behind by killed processes would run on each packet forever. */
void remove_abandoned(const TcFilter::Hook& hook) {
  std::vector<Found> marked;
  hook.socket->ask(RouteMessage(RTM_GETTFILTER, NLM_F_DUMP, parent_of(hook)), [&](const nlmsghdr& message) {
    Found found;
    if (read_filter(message, found) && found.text.find(owner_mark) != std::string::npos) marked.push_back(found);
  });
  for (const Found& filter : marked) {
    const std::string owner = filter.text.substr(filter.text.find(owner_mark) + strlen(owner_mark));
    if (!hook.socket->is_abandoned(owner)) continue;
    // It may belong to somebody else by now.
    Found now;
    if (look(hook, filter.name, now) == 0 && now.text == filter.text) remove(hook, filter.name);
  }
}

/** `flow_ingress:[42]`, as libbpf names a filter, and the mark of its owner. */
std::string name_of(const TcFilter::Request& request, RouteSocket& socket) {
  bpf_prog_info info{};
  uint32_t size = sizeof info;
  if (bpf_prog_get_info_by_fd(request.program, &info, &size) != 0) return "ebpf";
  std::string name = std::string(info.name) + ":[" + std::to_string(info.id) + "]";
  const std::string owner = request.owned ? socket.owner() : "";
  return owner.empty() ? name : name + owner_mark + owner;
}

/** The kernel may have added the filter although its answer was lost for lack of memory. */
bool was_added(const TcFilter::Hook& hook, const TcFilter::Request& request, const std::string& text, Found& added) {
  std::vector<Found> ours;
  hook.socket->ask(RouteMessage(RTM_GETTFILTER, NLM_F_DUMP, parent_of(hook)), [&](const nlmsghdr& message) {
    Found found;
    if (!read_filter(message, found) || found.text != text) return;
    const bool is_asked_for = (request.priority == 0 || request.priority == found.name.priority) &&
                              (request.handle == 0 || request.handle == found.name.handle);
    if (is_asked_for) ours.push_back(found);
  });
  // If there are several, it could be any of them.
  if (ours.size() != 1) return false;
  added = ours.front();
  return true;
}

}  // namespace

int TcFilter::add(const Hook& hook, Request request, Name& name, std::string& why) {
  const int error = require_qdisc(hook, why);
  if (error != 0) return error;
  if (request.owned) remove_abandoned(hook);
  if (!request.first) return add_filter(hook, request, name, why);
  request.priority = foremost(hook);
  if (request.priority != 0) {
    // A handle that nobody else asks for: others replace their filters by number.
    request.handle = 0x6b000000 | (id_of(request.program) & 0xffffff);
    const int result = add_filter(hook, request, name, why);
    // A filter of another kind, or for one protocol, has taken the priority in the meantime.
    if (result != -EINVAL) return result;
    why.clear();
  }
  request.priority = request.handle = 0;
  return add_filter(hook, request, name, why);
}

int TcFilter::add_filter(const Hook& hook, const Request& request, Name& name, std::string& why) {
  const auto flags =
      static_cast<uint16_t>(NLM_F_ACK | NLM_F_ECHO | NLM_F_CREATE | (request.replace ? NLM_F_REPLACE : NLM_F_EXCL));
  const std::string text = name_of(request, *hook.socket);
  RouteMessage message(RTM_NEWTFILTER, flags, filter_at(hook, request.priority, request.handle));
  message.add(TCA_KIND, "bpf");
  message.nest(TCA_OPTIONS, [&] {
    message.add(TCA_BPF_FD, static_cast<uint32_t>(request.program));
    message.add(TCA_BPF_NAME, text.c_str());
    message.add(TCA_BPF_FLAGS, uint32_t{TCA_BPF_FLAG_ACT_DIRECT});
  });
  Found added;
  const auto read = [&](const nlmsghdr& answer) { read_filter(answer, added); };
  const int result = hook.socket->ask(std::move(message), read, &why);
  const bool unanswered = result == -ENOBUFS || result == -ENOMEM;
  if (result != 0 && !(unanswered && was_added(hook, request, text, added))) return result;
  name = added.name;
  return name.handle == 0 ? -EPROTO : 0;
}

int TcFilter::detach() {
  if (name_.handle == 0) return 0;
  Found found;
  int error = look(hook_, name_, found);
  if (error == 0 && found.name.program_id == name_.program_id) error = remove(hook_, name_);
  const bool gone = error == -ENOENT || error == -ENODEV || error == -EINVAL;
  if (error != 0 && !gone) return error;
  name_ = {};
  return 0;
}

std::function<bool()> TcFilter::looker() const {
  return [hook = hook_, name = name_] {
    Found found;
    const int error = look(hook, name, found);
    if (error == 0 && found.name.program_id != name.program_id) return false;
    // It must be put before the others again.
    if (error == 0) return foremost(hook, &name) == 0;
    // If the kernel cannot answer for lack of memory, the filter does not count as lost.
    return error != -ENOENT && error != -ENODEV && error != -EINVAL;
  };
}

}  // namespace ebpf
