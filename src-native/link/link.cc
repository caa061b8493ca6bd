#include "link/link.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/opts.h"
#include "internal/pin.h"

namespace ebpf {

Napi::Function Link::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&Link::fd>("fd"),
                         InstanceAccessor<&Link::pin_path>("pinPath"),
                         InstanceMethod<&Link::update>("update"),
                         InstanceMethod<&Link::detach>("detach"),
                         InstanceMethod<&Link::disconnect>("disconnect"),
                         InstanceMethod<&Link::pin>("pin"),
                         InstanceMethod<&Link::unpin>("unpin"),
                         InstanceMethod<&Link::close>("close"),
                     });
}

Link::Link(const Napi::CallbackInfo& info) : Handle(info), parts_(Addon::of(info.Env()).take_parts<Link>(info.Env())) {}

int Link::open_fd(Napi::Env env) const {
  const Attached& attached = parts_.attached;
  if (std::holds_alternative<std::monostate>(attached)) {
    raise(env, {EBADF, operation("use"), "the link of " + parts_.name + " is closed"});
  }
  if (const auto* link = std::get_if<LibbpfLink>(&attached)) {
    // A USDT link stands for several, and its descriptor is 0.
    const int fd = bpf_link__fd(link->get());
    return fd > 0 ? fd : -1;
  }
  if (const auto* fd = std::get_if<Fd>(&attached)) return fd->get();
  return -1;
}

int Link::link_fd(Napi::Env env, const char* verb) const {
  const int fd = open_fd(env);
  if (fd >= 0) return fd;
  const std::string why = ": the program is attached without a kernel link";
  raise(env, {ENOTSUP, operation(verb), operation(verb) + why});
}

bpf_link* Link::struct_ops_link(Napi::Env env) const {
  open_fd(env);
  const auto* link = std::get_if<LibbpfLink>(&parts_.attached);
  return parts_.of_struct_ops && link ? link->get() : nullptr;
}

Napi::Value Link::fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), open_fd(info.Env()));
}

Napi::Value Link::pin_path(const Napi::CallbackInfo& info) {
  open_fd(info.Env());
  return parts_.pin_path.empty() ? info.Env().Undefined() : Napi::String::New(info.Env(), parts_.pin_path);
}

void Link::update(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int program = to_fd(info[0], "program");
  bpf_link_update_opts options;
  init_opts(options);
  if (!info[1].IsUndefined()) {
    options.flags = BPF_F_REPLACE;
    options.old_prog_fd = static_cast<uint32_t>(to_fd(info[1], "expected"));
  }
  const int error = bpf_link_update(link_fd(env, "update"), program, &options);
  if (error == -EINVAL || error == -ENOTSUP) {
    const char* why = ": links of this kind cannot be updated, or the new program is of another type";
    raise(env, {error, operation("update"), operation("update") + why});
  }
  check(env, error, operation("update"));
}

void Link::detach(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (std::holds_alternative<LegacyProgram>(parts_.attached)) {
    require_detached(env, "detach");
    return;
  }
  const int error = bpf_link_detach(link_fd(env, "detach"));
  if (error == -ENOTSUP) {
    const char* why = ": the kernel detaches a link of this kind only when its last holder closes it";
    raise(env, {error, operation("detach"), operation("detach") + why});
  }
  check(env, error, operation("detach"));
}

void Link::disconnect(const Napi::CallbackInfo& info) {
  open_fd(info.Env());
  if (parts_.pin_path.empty()) {
    if (auto* link = std::get_if<LibbpfLink>(&parts_.attached)) bpf_link__disconnect(link->get());
    if (auto* fd = std::get_if<Fd>(&parts_.attached)) fd->release();
    if (auto* program = std::get_if<LegacyProgram>(&parts_.attached)) delete program->release();
  }
  let_go();
}

void Link::pin(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto path = to_text(info[0], "path");
  const int fd = link_fd(env, "pin");
  if (!parts_.pin_path.empty()) {
    raise(env, {EBUSY, operation("pin"), operation("pin") + ": it is pinned at " + parts_.pin_path});
  }
  pin_fd(env, fd, path, operation("pin"));
  parts_.pin_path = std::move(path);
}

void Link::unpin(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  link_fd(env, "unpin");
  if (parts_.pin_path.empty()) {
    raise(env, {EINVAL, operation("unpin"), operation("unpin") + ": it is not pinned by this handle"});
  }
  if (unlink(parts_.pin_path.c_str()) != 0) raise(env, {errno, operation("unpin") + " from " + parts_.pin_path});
  parts_.pin_path.clear();
}

void Link::close(const Napi::CallbackInfo& info) {
  // What is still attached can be closed again.
  require_detached(info.Env(), "close");
  let_go();
}

Attached Link::take() {
  const auto* link = std::get_if<LibbpfLink>(&parts_.attached);
  // What is pinned is only released. Links that share more than themselves are destroyed here, on this thread.
  if (link && (!parts_.pin_path.empty() || parts_.of_struct_ops || link->get_deleter().object)) let_go();
  return std::exchange(parts_.attached, {});
}

std::function<bool()> Link::looker() const {
  if (const auto* program = std::get_if<LegacyProgram>(&parts_.attached)) return (*program)->looker();
  const auto* held = std::get_if<Fd>(&parts_.attached);
  if (!held) return {};
  auto fd = std::make_shared<Fd>(Fd::duplicate(held->get()));
  return [fd] {
    bpf_link_info info{};
    uint32_t size = sizeof info;
    if (!*fd || bpf_link_get_info_by_fd(fd->get(), &info, &size) != 0) return true;
    // A detached link has no interface.
    return info.type != BPF_LINK_TYPE_TCX || info.tcx.ifindex != 0;
  };
}

void Link::require_detached(Napi::Env env, const char* verb) {
  const auto* program = std::get_if<LegacyProgram>(&parts_.attached);
  if (!program) return;
  std::string log;
  const int error = [&] {
    LogScope scope(log);
    return (*program)->detach();
  }();
  if (error == 0) return;
  const std::string why = (*program)->why(error);
  raise(env, {error, operation(verb), why.empty() ? why : operation(verb) + ": " + why, log});
}

void Link::let_go() {
  auto* link = std::get_if<LibbpfLink>(&parts_.attached);
  if (link && !parts_.pin_path.empty()) {
    // Destroying a perf event's link disables the event, also for its pin.
    bpf_link__disconnect(link->get());
    ::close(bpf_link__fd(link->get()));
  }
  parts_.attached.emplace<std::monostate>();
}

}  // namespace ebpf
