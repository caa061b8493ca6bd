#include "link/iterator.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/promise_worker.h"
#include "link/link.h"
#include "net/netns.h"

namespace ebpf {
namespace {

// What the kernel buffers between its walk and the reader (bpf_seq_read in kernel/bpf/bpf_iter.c: eight pages). With
// the same size, a read ends where a program's output ends.
size_t buffer_size() {
  return static_cast<size_t>(sysconf(_SC_PAGESIZE)) * 8;
}

class ReadWorker : public PromiseWorker {
 public:
  ReadWorker(Napi::Env env, std::shared_ptr<Fd> fd)
      : PromiseWorker(env, "ebpf.iterator.read"), fd_(std::move(fd)), bytes_(buffer_size()) {}

 private:
  void Execute() override {
    // EAGAIN: a million objects without output, and not yet at the end.
    do {
      length_ = ::read(fd_->get(), bytes_.data(), bytes_.size());
    } while (length_ < 0 && (errno == EAGAIN || errno == EINTR));
    error_ = length_ < 0 ? errno : 0;
  }

  void finish(Napi::Env env) override { check(env, -error_, "read iterator"); }
  Napi::Value result(Napi::Env env) override { return copy_bytes(env, bytes_.data(), length_); }

  std::shared_ptr<Fd> fd_;
  std::vector<uint8_t> bytes_;
  ssize_t length_ = 0;
  int error_ = 0;
};

}  // namespace

Napi::Function Iterator::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {InstanceMethod<&Iterator::read>("read"), InstanceMethod<&Iterator::close>("close")});
}

Iterator::Iterator(const Napi::CallbackInfo& info)
    : Handle(info), fd_(Addon::of(info.Env()).take_parts<Iterator>(info.Env())) {}

Napi::Value Iterator::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int link = Link::Unwrap(to_object(info[0], "link"))->open_fd(env);
  const Fd netns = info[1].IsUndefined() ? Fd() : open_netns(to_object(info[1], "options"));
  std::string log;
  LogScope scope(log);
  const int result = in_netns(netns, [&] { return bpf_iter_create(link); });
  Fd fd(check(env, result, "start iterator", log));
  return Addon::of(env).create<Iterator>(std::make_shared<Fd>(std::move(fd)));
}

Napi::Value Iterator::read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!fd_) raise(env, {EBADF, "read iterator", "the iterator is closed"});
  return (new ReadWorker(env, fd_))->start();
}

void Iterator::close(const Napi::CallbackInfo&) {
  fd_.reset();
}

}  // namespace ebpf
