#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "kernel/kernel_object.h"
#include "object/object.h"

namespace ebpf {

void Object::set_autoload(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_unloaded(env);
  state_->configured = true;
  bpf_program* program = state_->program_at(info[0]);
  const bool on = to_boolean(info[1], "on");
  check(env, bpf_program__set_autoload(program, on), std::string("set autoload of ") + bpf_program__name(program));
}

void Object::set_program(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_unloaded(env);
  state_->configured = true;
  bpf_program* program = state_->program_at(info[0]);
  const auto settings = to_object(info[1], "settings");
  const std::string operation = std::string("configure program ") + bpf_program__name(program);
  const auto done = [&](int result) { check(env, result, operation); };
  if (const auto on = option(settings, "autoattach", to_boolean)) bpf_program__set_autoattach(program, *on);
  if (const auto type = option(settings, "type", to_uint32)) {
    done(bpf_program__set_type(program, static_cast<bpf_prog_type>(*type)));
  }
  if (const auto type = option(settings, "expectedAttachType", to_uint32)) {
    done(bpf_program__set_expected_attach_type(program, static_cast<bpf_attach_type>(*type)));
  }
  if (const auto flags = option(settings, "flags", to_uint32)) done(bpf_program__set_flags(program, *flags));
  if (const auto level = option(settings, "logLevel", to_uint32)) done(bpf_program__set_log_level(program, *level));
  if (const auto index = option(settings, "ifindex", to_uint32)) bpf_program__set_ifindex(program, *index);
}

void Object::set_attach_target(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  state_->require_unloaded(env);
  state_->configured = true;
  bpf_program* program = state_->program_at(info[0]);
  const auto target = to_object(info[1], "target");
  const auto function = option(target, "function", to_text);
  const auto fd = option(target, "fd", to_fd);
  const std::string operation = std::string("set the attach target of ") + bpf_program__name(program) +
                                (function ? " to " + *function : std::string());
  Fd of_program;
  if (fd) {
    require_kind(env, *fd, KernelObject::program, operation);
    of_program = Fd::duplicate(*fd);
    if (!of_program) raise(env, {errno, operation});
  }
  std::string log;
  LogScope scope(log, state_->listener());
  const int result =
      bpf_program__set_attach_target(program, fd ? of_program.get() : 0, function ? function->c_str() : nullptr);
  check(env, result, operation, log);
  state_->beyond_loader = std::string("program ") + bpf_program__name(program) + " has a target that was set";
  if (fd) state_->borrowed.push_back(std::move(of_program));
  state_->report(env);
}

}  // namespace ebpf
