#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "errors.h"
#include "netns.h"
#include "query.h"

namespace ebpf {
namespace {

struct Filter {
  uint32_t program;
  uint32_t handle;
  uint32_t priority;
};

/** The payload of the attribute of that type; empty when there is none. */
std::string_view attribute(std::string_view attributes, int type) {
  auto left = static_cast<unsigned>(attributes.size());
  const auto* each = reinterpret_cast<const rtattr*>(attributes.data());
  for (; RTA_OK(each, left); each = RTA_NEXT(each, left)) {
    if ((each->rta_type & NLA_TYPE_MASK) == type) return {static_cast<const char*>(RTA_DATA(each)), RTA_PAYLOAD(each)};
  }
  return {};
}

/** Adds a filter that runs a program: not one of another kind, nor of classic BPF, nor what stands for a priority. */
void add(const nlmsghdr* message, std::vector<Filter>& filters) {
  const auto* header = static_cast<const tcmsg*>(NLMSG_DATA(message));
  if (message->nlmsg_len < NLMSG_LENGTH(sizeof *header)) return;
  const std::string_view attributes(reinterpret_cast<const char*>(TCA_RTA(header)), TCA_PAYLOAD(message));
  if (attribute(attributes, TCA_KIND) != std::string_view("bpf", sizeof "bpf")) return;
  const auto program = attribute(attribute(attributes, TCA_OPTIONS), TCA_BPF_ID);
  if (header->tcm_handle == 0 || program.size() < sizeof(uint32_t)) return;
  Filter filter{0, header->tcm_handle, header->tcm_info >> 16};
  memcpy(&filter.program, program.data(), sizeof filter.program);
  filters.push_back(filter);
}

/** Reads the answer to a dump to its end; a negative errno on failure. */
int read_answer(int socket, std::vector<Filter>& filters) {
  // The kernel fills at most 32 KiB at once (netlink_dump of net/netlink/af_netlink.c).
  std::vector<char> buffer(32768);
  for (;;) {
    const ssize_t received = recv(socket, buffer.data(), buffer.size(), MSG_TRUNC);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return -errno;
    if (static_cast<size_t>(received) > buffer.size()) return -EMSGSIZE;
    auto left = static_cast<unsigned>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return 0;
      if (message->nlmsg_type == NLMSG_ERROR) return static_cast<const nlmsgerr*>(NLMSG_DATA(message))->error;
      if (message->nlmsg_type == RTM_NEWTFILTER) add(message, filters);
    }
  }
}

/** bpf_tc_query of libbpf finds a filter by its handle and priority only. */
int list_filters(int ifindex, uint32_t parent, std::vector<Filter>& filters) {
  char name[IF_NAMESIZE];
  // Of none there are no filters, as of one without clsact.
  if (if_indextoname(static_cast<unsigned>(ifindex), name) == nullptr) return -ENODEV;
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return -errno;
  struct {
    nlmsghdr header;
    tcmsg filter;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETTFILTER;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.filter.tcm_family = AF_UNSPEC;
  request.filter.tcm_ifindex = ifindex;
  request.filter.tcm_parent = parent;
  if (send(socket.get(), &request, sizeof request, 0) < 0) return -errno;
  return read_answer(socket.get(), filters);
}

}  // namespace

Napi::Value query_clsact(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[0], "options");
  const int ifindex = to_fd(options.Get("ifindex"), "ifindex");
  const bool ingress = to_boolean(options.Get("ingress"), "ingress");
  const Fd netns = open_netns(options);
  const uint32_t parent = TC_H_MAKE(TC_H_CLSACT, ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
  std::vector<Filter> filters;
  check(env, in_netns(netns, [&] { return list_filters(ifindex, parent, filters); }), "query clsact");
  auto list = Napi::Array::New(env);
  for (const Filter& filter : filters) {
    auto program = Napi::Object::New(env);
    program["id"] = filter.program;
    program["priority"] = filter.priority;
    program["handle"] = filter.handle;
    list[list.Length()] = program;
  }
  return list;
}

}  // namespace ebpf
