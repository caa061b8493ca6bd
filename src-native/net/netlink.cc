#include "net/netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "net/netns.h"

namespace ebpf {

Napi::Function Netlink::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceMethod<&Netlink::send>("send"),
                         InstanceMethod<&Netlink::receive>("receive"),
                         InstanceMethod<&Netlink::wait>("wait"),
                         InstanceMethod<&Netlink::cancel>("cancel"),
                         InstanceMethod<&Netlink::unref>("unref"),
                         InstanceMethod<&Netlink::close>("close"),
                     });
}

Netlink::Netlink(const Napi::CallbackInfo& info)
    : Handle(info), parts_(Addon::of(info.Env()).take_parts<Netlink>(info.Env())) {}

Napi::Value Netlink::open(const Napi::CallbackInfo& info) {
  const auto options = to_object(info[0], "options");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = option(options, "groups", to_uint32).value_or(0);
  const Fd netns = open_netns(options);
  Parts parts;
  std::string log;
  LogScope scope(log);
  // A socket stays in the namespace of the thread that created it.
  const int result = in_netns(netns, [&] {
    parts.socket = Fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    if (!parts.socket) return -errno;
    return bind(parts.socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : -errno;
  });
  check(info.Env(), result, "open rtnetlink socket", log);
  return Addon::of(info.Env()).create<Netlink>(std::move(parts));
}

int Netlink::open_socket(Napi::Env env) const {
  if (!parts_.socket) raise(env, {EBADF, "use rtnetlink socket", "the rtnetlink socket is closed"});
  return parts_.socket.get();
}

void Netlink::send(const Napi::CallbackInfo& info) {
  const int fd = open_socket(info.Env());
  const Bytes message = to_bytes(info[0], "message");
  const ssize_t sent = ::send(fd, message.data, message.size, 0);
  check(info.Env(), sent < 0 ? -errno : 0, "send to rtnetlink");
}

Napi::Value Netlink::receive(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = open_socket(env);
  const Bytes to = to_bytes(info[0], "to");
  const std::string operation = "receive from rtnetlink";
  for (;;) {
    sockaddr_nl sender{};
    iovec part{to.data, to.size};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t bytes = recvmsg(fd, &message, 0);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && errno == EAGAIN) return Napi::Number::New(env, 0);
    if (bytes < 0) raise(env, {errno, operation});
    // Another process may send to this socket too. The kernel is port 0.
    if (sender.nl_pid != 0) continue;
    if ((message.msg_flags & MSG_TRUNC) != 0) {
      raise(env, {EMSGSIZE, operation, operation + ": " + std::to_string(to.size) + " bytes are not enough"});
    }
    return Napi::Number::New(env, static_cast<double>(bytes));
  }
}

void Netlink::wait(const Napi::CallbackInfo& info) {
  waiter_.wait(info, open_socket(info.Env()), "rtnetlink messages");
}

void Netlink::cancel(const Napi::CallbackInfo& info) {
  open_socket(info.Env());
  waiter_.cancel();
}

void Netlink::unref(const Napi::CallbackInfo& info) {
  open_socket(info.Env());
  waiter_.unref();
}

void Netlink::close(const Napi::CallbackInfo&) {
  waiter_.close();
  parts_.socket.reset();
}

}  // namespace ebpf
