#include <bpf/bpf.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "attach/attach.h"
#include "attach/hooks.h"
#include "attach/mprog.h"
#include "attach/tc_filter.h"
#include "internal/arguments.h"
#include "internal/log.h"
#include "internal/promise_worker.h"
#include "net/netns.h"
#include "net/route_socket.h"

namespace ebpf {
namespace {

Napi::Value to_object(Napi::Env env, const std::optional<InterfacePackets>& packets) {
  if (!packets) return env.Undefined();
  auto object = Napi::Object::New(env);
  object["received"] = static_cast<double>(packets->received);
  object["sent"] = static_cast<double>(packets->sent);
  return object;
}

class HookAttachWorker : public PromiseWorker {
 public:
  explicit HookAttachWorker(const Napi::CallbackInfo& info) : PromiseWorker(info.Env(), "ebpf.attachHook") {
    const auto options = ebpf::to_object(info[1], "options");
    program_ = Fd::duplicate(to_fd(info[0], "program"));
    if (!program_) raise(info.Env(), {errno, "attach to an interface"});
    name_ = to_text(options.Get("name"), "name");
    tcx_ = to_text(options.Get("kind"), "kind") == "tcx";
    ingress_ = to_text(options.Get("direction"), "direction") == "ingress";
    ifindex_ = to_uint32(options.Get("ifindex"), "ifindex");
    netns_ = open_netns(options);
  }

 private:
  void Execute() override {
    LogScope scope(log_);
    const auto socket = RouteSocket::in(netns_);
    if (!socket) {
      attachment_.error = errno;
      return;
    }
    before_ = packets_of(*socket, ifindex_);
    attachment_ = tcx_ ? attach_tcx() : attach_clsact(socket);
    after_ = packets_of(*socket, ifindex_);
  }

  Attachment attach_tcx() {
    const bpf_attach_type type = ingress_ ? BPF_TCX_INGRESS : BPF_TCX_EGRESS;
    // First of all programs: one that returns anything but TCX_NEXT, as Cilium's do, hides the packet from those behind
    // it.
    Order first;
    first.flags = BPF_F_BEFORE;
    return Attachment::of(create_device_link(program_.get(), netns_, ifindex_, type, first));
  }

  Attachment attach_clsact(const std::shared_ptr<RouteSocket>& socket) {
    TcFilter::Request request;
    request.program = program_.get();
    request.owned = true;
    request.first = true;
    TcFilter::Hook hook{socket, ifindex_, ingress_};
    TcFilter::Name name;
    std::string why;
    const int error = TcFilter::add(hook, request, name, why);
    if (error != 0) return {{}, -error, why};
    return Attachment::of<TcFilter>(std::move(hook), name);
  }

  void finish(Napi::Env env) override {
    const std::string target = name_ + " to " + (tcx_ ? "tcx" : "clsact");
    if (attachment_.error != 0) raise(env, attachment_.failure("attach " + target, log_));
    link_ = Napi::Persistent(Addon::of(env).create<Link>({std::move(attachment_.attached), target}));
  }

  Napi::Value result(Napi::Env env) override {
    auto object = Napi::Object::New(env);
    object["link"] = link_.Value();
    object["before"] = to_object(env, before_);
    object["after"] = to_object(env, after_);
    return object;
  }

  Fd program_, netns_;
  std::string name_, log_;
  bool tcx_, ingress_;
  uint32_t ifindex_;
  Attachment attachment_;
  std::optional<InterfacePackets> before_, after_;
  Napi::ObjectReference link_;
};

class PacketsWorker : public PromiseWorker {
 public:
  explicit PacketsWorker(const Napi::CallbackInfo& info) : PromiseWorker(info.Env(), "ebpf.interfacePackets") {
    const auto options = ebpf::to_object(info[0], "options");
    ifindex_ = to_uint32(options.Get("ifindex"), "ifindex");
    netns_ = open_netns(options);
  }

 private:
  void Execute() override {
    const auto socket = RouteSocket::in(netns_);
    if (socket) packets_ = packets_of(*socket, ifindex_);
  }
  void finish(Napi::Env) override {}
  Napi::Value result(Napi::Env env) override { return to_object(env, packets_); }

  Fd netns_;
  uint32_t ifindex_;
  std::optional<InterfacePackets> packets_;
};

/** The messages of a list of interfaces. If the list changed while it was read, it is requested again. */
class DumpWorker : public PromiseWorker {
 public:
  explicit DumpWorker(const Napi::CallbackInfo& info) : PromiseWorker(info.Env(), "ebpf.dumpInterfaces") {
    netns_ = open_netns(ebpf::to_object(info[0], "options"));
  }

 private:
  void Execute() override {
    const auto socket = RouteSocket::in(netns_);
    if (!socket) {
      error_ = -errno;
      return;
    }
    error_ = -EAGAIN;
    for (int tries = 0; error_ == -EAGAIN && tries < 100; tries++) error_ = dump(*socket);
  }

  int dump(RouteSocket& socket) {
    bool interrupted = false;
    messages_.clear();
    const auto read = [&](const nlmsghdr& message) {
      interrupted = interrupted || (message.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      const auto* bytes = reinterpret_cast<const uint8_t*>(&message);
      messages_.insert(messages_.end(), bytes, bytes + message.nlmsg_len);
      messages_.resize(NLMSG_ALIGN(messages_.size()));
    };
    const int error = socket.ask(RouteMessage(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}), read);
    return error == 0 && interrupted ? -EAGAIN : error;
  }

  void finish(Napi::Env env) override { check(env, error_, "list interfaces"); }
  Napi::Value result(Napi::Env env) override {
    auto bytes = Napi::Uint8Array::New(env, messages_.size());
    std::copy(messages_.begin(), messages_.end(), bytes.Data());
    return bytes;
  }

  Fd netns_;
  std::vector<uint8_t> messages_;
  int error_ = 0;
};

/** Starts the worker. If its constructor throws, the worker is deleted. */
template <typename Worker>
Napi::Value start(const Napi::CallbackInfo& info) {
  auto worker = std::make_unique<Worker>(info);
  return worker.release()->start();
}

}  // namespace

Napi::Value attach_hook(const Napi::CallbackInfo& info) {
  return start<HookAttachWorker>(info);
}

Napi::Value dump_interfaces(const Napi::CallbackInfo& info) {
  return start<DumpWorker>(info);
}

Napi::Value interface_packets(const Napi::CallbackInfo& info) {
  return start<PacketsWorker>(info);
}

}  // namespace ebpf
