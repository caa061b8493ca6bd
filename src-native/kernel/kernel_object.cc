#include "kernel/kernel_object.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/pin.h"
#include "kernel/btf.h"
#include "link/info.h"
#include "maps/info.h"
#include "program/info.h"
#include "program/test_run.h"

namespace ebpf {
namespace {

struct Calls {
  const char* name;
  int (*next)(__u32, __u32*);
  int (*open)(__u32);
  /** Its descriptors are called `anon_inode:` and one of these (kernel/bpf/syscall.c, btf.c). */
  std::array<const char*, 2> inodes;
};

const Calls& calls_of(KernelObject kind) {
  static constexpr Calls all[] = {
      {"program", bpf_prog_get_next_id, bpf_prog_get_fd_by_id, {"bpf-prog"}},
      {"map", bpf_map_get_next_id, bpf_map_get_fd_by_id, {"bpf-map"}},
      // bpf_link_prime makes the first, bpf_link_new_fd the second.
      {"link", bpf_link_get_next_id, bpf_link_get_fd_by_id, {"bpf_link", "bpf-link"}},
      {"btf", bpf_btf_get_next_id, bpf_btf_get_fd_by_id, {"btf"}},
  };
  return all[static_cast<size_t>(kind)];
}

/** The target of the descriptor's link in /proc; empty, with errno set, if the descriptor is not open. */
std::string target_of(int fd) {
  char target[64];
  const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
  return {target, length < 0 ? 0 : static_cast<size_t>(length)};
}

bool is_kind(const std::string& target, KernelObject kind) {
  const auto& inodes = calls_of(kind).inodes;
  return std::any_of(inodes.begin(), inodes.end(),
                     [&](const char* inode) { return inode && target == std::string("anon_inode:") + inode; });
}

}  // namespace

KernelObject to_kernel_object(Napi::Value value, const char* name) {
  const std::string text = to_text(value, name);
  for (const auto kind : {KernelObject::program, KernelObject::map, KernelObject::link, KernelObject::btf}) {
    if (text == calls_of(kind).name) return kind;
  }
  throw Napi::TypeError::New(value.Env(), std::string(name) + " must be program, map, link or btf, not '" + text + "'");
}

const char* name_of(KernelObject kind) {
  return calls_of(kind).name;
}

Fd open_by_id(KernelObject kind, uint32_t id) {
  return Fd(calls_of(kind).open(id));
}

bool is_kind(const Fd& fd, KernelObject kind) {
  return is_kind(target_of(fd.get()), kind);
}

void require_kind(Napi::Env env, int fd, KernelObject kind, const std::string& operation) {
  const std::string target = target_of(fd);
  if (target.empty()) raise(env, {errno == ENOENT ? EBADF : errno, operation});
  if (is_kind(target, kind)) return;
  raise(env, {EINVAL, operation,
              operation + ": descriptor " + std::to_string(fd) + " is " + target + ", not a " + calls_of(kind).name});
}

Napi::Value next_id(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const KernelObject kind = to_kernel_object(info[0], "kind");
  const uint32_t id = to_uint32(info[1], "id");
  uint32_t next;
  if (calls_of(kind).next(id, &next) == 0) return Napi::Number::New(env, next);
  if (errno != ENOENT) raise(env, {errno, std::string("list every ") + calls_of(kind).name});
  return env.Undefined();
}

Napi::Value info_by_id(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const KernelObject kind = to_kernel_object(info[0], "kind");
  const uint32_t id = to_uint32(info[1], "id");
  const std::string operation = std::string("describe ") + calls_of(kind).name + " with id " + std::to_string(id);
  const Fd fd = open_by_id(kind, id);
  if (!fd) raise(env, {errno, operation});
  switch (kind) {
    case KernelObject::program:
      return program_info(env, fd.get(), operation, false);
    case KernelObject::map:
      return MapInfo::of(env, fd.get(), operation).describe(env);
    case KernelObject::link:
      return link_info(env, fd.get(), operation);
    case KernelObject::btf:
      return btf_info(env, fd.get(), operation);
  }
  return env.Undefined();
}

Napi::Value program_info_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = to_fd(info[0], "fd");
  const std::string operation = "describe " + to_text(info[1], "name");
  const auto options = to_object(info[2], "options");
  require_kind(env, fd, KernelObject::program, operation);
  return program_info(env, fd, operation, option(options, "instructions", to_boolean).value_or(false));
}

Napi::Value run_program(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = to_fd(info[0], "fd");
  const std::string operation = "run " + to_text(info[1], "name");
  TestRun run(to_object(info[2], "options"));
  return run.run(env, fd, operation);
}

Napi::Value read_program_stream(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = to_fd(info[0], "fd");
  const uint32_t stream = to_uint32(info[1], "stream");
  require_kind(env, fd, KernelObject::program, "read a stream of a program");
  // The kernel keeps at most 100,000 bytes of a stream (BPF_STREAM_MAX_CAPACITY). The program may continue to write
  // meanwhile.
  constexpr size_t room = 100'000;
  std::vector<uint8_t> text(room);
  size_t length = 0;
  while (length < room) {
    const int read = bpf_prog_stream_read(fd, stream, text.data() + length, room - length, nullptr);
    check(env, read, "read a stream of a program");
    if (read == 0) break;
    length += static_cast<size_t>(read);
  }
  return copy_bytes(env, text.data(), length);
}

void associate_struct_ops(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int program = to_fd(info[0], "programFd");
  const int map = to_fd(info[1], "mapFd");
  require_kind(env, program, KernelObject::program, "associate program");
  require_kind(env, map, KernelObject::map, "associate program");
  check(env, bpf_prog_assoc_struct_ops(program, map, nullptr), "associate program");
}

Napi::Value link_info_of(const Napi::CallbackInfo& info) {
  const int fd = to_fd(info[0], "fd");
  require_kind(info.Env(), fd, KernelObject::link, "describe link");
  return link_info(info.Env(), fd, "describe link");
}

void pin_object(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = to_fd(info[0], "fd");
  pin_fd(env, fd, to_text(info[1], "path"), "pin");
}

}  // namespace ebpf
