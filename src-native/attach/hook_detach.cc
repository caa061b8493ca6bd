#include <bpf/bpf.h>
#include <uv.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "attach/hooks.h"
#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/promise_worker.h"
#include "link/link.h"

namespace ebpf {
namespace {

std::vector<Link*> to_links(Napi::Value value) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "links must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<Link*> links;
  for (uint32_t i = 0; i < array.Length(); i++) links.push_back(Link::Unwrap(Napi::Value(array[i]).As<Napi::Object>()));
  return links;
}

/** Whether it may work in a moment. */
bool is_passing(int error) {
  return error == -ENOMEM || error == -ENOBUFS || error == -EMFILE || error == -ENFILE || error == -EAGAIN ||
         error == -EINTR || error == -EBUSY;
}

int detach(LegacyAttach& program) {
  int error = program.detach_or_errno();
  for (int tries = 0; is_passing(error) && tries < 20; tries++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    error = program.detach_or_errno();
  }
  return error;
}

/**
 * Tells a thread that waits with a timeout when the work is done. It uses libuv: a wait on the monotonic clock of the
 * C++ library needs a newer glibc than the prebuilt addons may require.
 */
class Done {
 public:
  Done() {
    uv_mutex_init(&mutex_);
    uv_cond_init(&changed_);
  }
  Done(const Done&) = delete;
  ~Done() {
    uv_cond_destroy(&changed_);
    uv_mutex_destroy(&mutex_);
  }

  void set() {
    uv_mutex_lock(&mutex_);
    is_done_ = true;
    uv_cond_broadcast(&changed_);
    uv_mutex_unlock(&mutex_);
  }
  void wait(std::chrono::nanoseconds patience) {
    const uint64_t end = uv_hrtime() + static_cast<uint64_t>(patience.count());
    uv_mutex_lock(&mutex_);
    for (uint64_t now = uv_hrtime(); !is_done_ && now < end; now = uv_hrtime())
      uv_cond_timedwait(&changed_, &mutex_, end - now);
    uv_mutex_unlock(&mutex_);
  }

 private:
  uv_mutex_t mutex_{};
  uv_cond_t changed_{};
  bool is_done_ = false;
};

class DetachWorker : public PromiseWorker {
 public:
  DetachWorker(Napi::Env env, const Napi::Array& handles, const std::vector<Link*>& links, std::shared_ptr<Done> done)
      : PromiseWorker(env, "ebpf.detachLinks"),
        handles_(Napi::Persistent(handles.As<Napi::Object>())),
        links_(links),
        done_(std::move(done)) {
    // Reserve first: a program that is taken from its link and then lost would stay attached.
    parts_.reserve(links.size());
    errors_.resize(links.size());
    for (Link* link : links) parts_.push_back(link->take());
  }

 private:
  void Execute() override {
    for (size_t i = 0; i < parts_.size(); i++) {
      auto& attached = parts_[i];
      if (auto* program = std::get_if<LegacyProgram>(&attached)) errors_[i] = detach(**program);
      if (errors_[i] == 0) attached.emplace<std::monostate>();
    }
    done_->set();
  }

  void finish(Napi::Env) override {
    // They can be tried again.
    for (size_t i = 0; i < parts_.size(); i++) {
      if (errors_[i] != 0) links_[i]->give_back(std::move(parts_[i]));
    }
  }

  Napi::Value result(Napi::Env env) override {
    auto list = Napi::Array::New(env, errors_.size());
    for (uint32_t i = 0; i < errors_.size(); i++) {
      if (errors_[i] != 0) list[i] = make_error(env, {errors_[i], links_[i]->operation("detach")}).Value();
    }
    return list;
  }

  /** Keeps the links alive. */
  Napi::ObjectReference handles_;
  std::vector<Link*> links_;
  std::vector<Attached> parts_;
  std::vector<int> errors_;
  std::shared_ptr<Done> done_;
};

class LookWorker : public PromiseWorker {
 public:
  LookWorker(Napi::Env env, const std::vector<Link*>& links) : PromiseWorker(env, "ebpf.whichAttached") {
    for (Link* link : links) lookers_.push_back(link->looker());
  }

 private:
  void Execute() override {
    // Each check waits for the lock of interfaces (RTNL), which others may hold for long.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    for (const auto& look : lookers_) {
      if (std::chrono::steady_clock::now() > end) break;
      attached_.push_back(!look || look());
    }
  }
  void finish(Napi::Env) override {}
  Napi::Value result(Napi::Env env) override {
    auto list = Napi::Array::New(env, attached_.size());
    for (uint32_t i = 0; i < attached_.size(); i++) list[i] = static_cast<bool>(attached_[i]);
    return list;
  }

  std::vector<std::function<bool()>> lookers_;
  std::vector<bool> attached_;
};

}  // namespace

Napi::Value detach_links(const Napi::CallbackInfo& info) {
  const auto links = to_links(info[0]);
  const uint32_t patience = to_uint32(info[1], "patience");
  const auto done = std::make_shared<Done>();
  const auto promise = (new DetachWorker(info.Env(), info[0].As<Napi::Array>(), links, done))->start();
  done->wait(std::chrono::milliseconds(patience));
  return promise;
}

Napi::Value which_attached(const Napi::CallbackInfo& info) {
  return (new LookWorker(info.Env(), to_links(info[0])))->start();
}

}  // namespace ebpf
