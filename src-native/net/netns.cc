#include "net/netns.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <system_error>
#include <thread>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"

namespace ebpf {

Fd open_netns(Napi::Object options) {
  auto path = option(options, "netns", to_text);
  if (!path) return Fd();
  if (path->find('/') == std::string::npos) path = "/run/netns/" + *path;  // as ip-netns(8) names them
  const Napi::Env env = options.Env();
  const std::string operation = "open network namespace " + *path;
  Fd netns(open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!netns) raise(env, {errno, operation});
  if (ioctl(netns.get(), NS_GET_NSTYPE) != CLONE_NEWNET) {
    raise(env, {EINVAL, operation, *path + " is not a network namespace"});
  }
  return netns;
}

Fd open_netns_or_own(Napi::Object options) {
  Fd netns = open_netns(options);
  if (netns) return netns;
  constexpr const char* own = "/proc/thread-self/ns/net";
  Fd fd(open(own, O_RDONLY | O_CLOEXEC));
  if (!fd) raise(options.Env(), {errno, std::string("open network namespace ") + own});
  return fd;
}

int in_netns(const Fd& netns, const std::function<int()>& call) {
  if (!netns) return call();
  int result = 0;
  bool entered = false;
  const LogScope* const outer = LogScope::current();
  try {
    std::thread inside([&] {
      std::optional<LogScope> scope;
      if (outer != nullptr) scope.emplace(outer->text, outer->messages);
      entered = setns(netns.get(), CLONE_NEWNET) == 0;
      try {
        result = entered ? call() : -errno;
      } catch (const std::bad_alloc&) {
        result = -ENOMEM;
      }
    });
    inside.join();
    // lib/internal/requirements.ts recognizes by this line what is missing.
    if (!entered && outer != nullptr) {
      outer->text += std::string("cannot enter the network namespace: ") + strerror(-result) + "\n";
    }
  } catch (const std::system_error& error) {
    return -error.code().value();
  }
  return result;
}

}  // namespace ebpf
