#include "kernel/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/fd.h"
#include "internal/log.h"
#include "internal/opts.h"

namespace ebpf {
namespace {

template <typename T>
Napi::Array names(Napi::Env env, const char* (*name_of)(T)) {
  auto list = Napi::Array::New(env);
  for (uint32_t i = 0;; i++) {
    const char* name = name_of(static_cast<T>(i));
    if (name == nullptr) return list;
    list[i] = name;
  }
}

Napi::Array helper_names(Napi::Env env) {
#define EBPF_HELPER_NAME(name, number) "bpf_" #name,
  static constexpr const char* helpers[] = {___BPF_FUNC_MAPPER(EBPF_HELPER_NAME)};
#undef EBPF_HELPER_NAME
  auto list = Napi::Array::New(env);
  for (const char* name : helpers) list[list.Length()] = name;
  return list;
}

/** `return 0` */
Fd load_empty(bpf_prog_type type, bpf_attach_type expected, uint32_t btf_id = 0) {
  static constexpr bpf_insn instructions[] = {
      {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  bpf_prog_load_opts options;
  init_opts(options);
  options.expected_attach_type = expected;
  options.attach_btf_id = btf_id;
  return Fd(bpf_prog_load(type, "probe", "GPL", instructions, 2, &options));
}

/** 0 or an errno. What it attaches is detached at once. */
int try_link(const Fd& program, int target, bpf_attach_type type, const bpf_link_create_opts& options) {
  if (!program) return errno;
  const Fd link(bpf_link_create(program.get(), target, type, &options));
  return link ? 0 : errno;
}

/** An index that no interface has. */
constexpr int no_interface = 0x7fff'ffff;

int try_kind(const std::string& kind) {
  bpf_link_create_opts options;
  init_opts(options);
  if (kind == "tcx") {
    return try_link(load_empty(BPF_PROG_TYPE_SCHED_CLS, BPF_TCX_INGRESS), no_interface, BPF_TCX_INGRESS, options);
  }
  if (kind == "netkit") {
    return try_link(load_empty(BPF_PROG_TYPE_SCHED_CLS, BPF_NETKIT_PRIMARY), no_interface, BPF_NETKIT_PRIMARY, options);
  }
  if (kind == "kprobe.multi") {
    const char* symbol = "no_kernel_has_this_function";
    options.kprobe_multi.syms = &symbol;
    options.kprobe_multi.cnt = 1;
    return try_link(load_empty(BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI), 0, BPF_TRACE_KPROBE_MULTI, options);
  }
  if (kind == "uprobe.multi") {
    const unsigned long offset = 0;
    options.uprobe_multi.path = "/";
    options.uprobe_multi.offsets = &offset;
    options.uprobe_multi.cnt = 1;
    return try_link(load_empty(BPF_PROG_TYPE_KPROBE, BPF_TRACE_UPROBE_MULTI), -1, BPF_TRACE_UPROBE_MULTI, options);
  }
  if (kind == "fentry") {
    // net/bpf/test_run.c: only BPF_PROG_RUN calls it.
    const int type = libbpf_find_vmlinux_btf_id("bpf_fentry_test1", BPF_TRACE_FENTRY);
    if (type < 0) return -type;
    return try_link(load_empty(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, static_cast<uint32_t>(type)), 0,
                    BPF_TRACE_FENTRY, options);
  }
  if (kind == "tp_btf") {
    const int type = libbpf_find_vmlinux_btf_id("sched_switch", BPF_TRACE_RAW_TP);
    if (type < 0) return -type;
    return load_empty(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, static_cast<uint32_t>(type)) ? 0 : errno;
  }
  // The target is not a descriptor: a kernel without the link type checks the type first.
  if (kind == "perf_event") {
    return try_link(load_empty(BPF_PROG_TYPE_TRACEPOINT, bpf_attach_type{}), -1, BPF_PERF_EVENT, options);
  }
  return -1;
}

/**
 * A system call with arguments that cannot exist: the kernel itself returns EINVAL or EBADF, without checking
 * capabilities (except for bpf(2), which checks them first before Linux 5.18).
 */
long try_call(Napi::Env env, const std::string& name) {
  constexpr int no_command = 0x7fff'ffff;
  constexpr unsigned long no_flags = ~0UL;
  if (name == "bpf") return syscall(__NR_bpf, no_command, nullptr, 0);
  if (name == "perf_event_open") return syscall(__NR_perf_event_open, nullptr, 0, -1, -1, no_flags);
  if (name == "setns") return setns(-1, 0);
  throw Napi::TypeError::New(env, "call must be bpf, perf_event_open or setns, not '" + name + "'");
}

/** libbpf's answer: 1, 0 or a negative errno. */
Napi::Value answer(Napi::Env env, int result, const std::string& operation) {
  return Napi::Boolean::New(env, check(env, result, operation) > 0);
}

}  // namespace

Napi::Value type_names(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto tables = Napi::Object::New(env);
  tables["program"] = names(env, libbpf_bpf_prog_type_str);
  tables["map"] = names(env, libbpf_bpf_map_type_str);
  tables["attach"] = names(env, libbpf_bpf_attach_type_str);
  tables["link"] = names(env, libbpf_bpf_link_type_str);
  tables["helper"] = helper_names(env);
  return tables;
}

Napi::Value probe_program_type(const Napi::CallbackInfo& info) {
  const uint32_t type = to_uint32(info[0], "type");
  return answer(info.Env(), libbpf_probe_bpf_prog_type(static_cast<bpf_prog_type>(type), nullptr),
                "probe program type " + std::to_string(type));
}

Napi::Value probe_map_type(const Napi::CallbackInfo& info) {
  const uint32_t type = to_uint32(info[0], "type");
  return answer(info.Env(), libbpf_probe_bpf_map_type(static_cast<bpf_map_type>(type), nullptr),
                "probe map type " + std::to_string(type));
}

Napi::Value probe_helper(const Napi::CallbackInfo& info) {
  const uint32_t program = to_uint32(info[0], "program");
  const uint32_t helper = to_uint32(info[1], "helper");
  return answer(info.Env(),
                libbpf_probe_bpf_helper(static_cast<bpf_prog_type>(program), static_cast<bpf_func_id>(helper), nullptr),
                "probe helper " + std::to_string(helper) + " for program type " + std::to_string(program));
}

Napi::Value probe_link(const Napi::CallbackInfo& info) {
  const auto kind = to_text(info[0], "kind");
  std::string log;
  LogScope scope(log);
  const int error = try_kind(kind);
  if (error < 0) throw Napi::TypeError::New(info.Env(), "kind must be one that can be probed, not '" + kind + "'");
  return Napi::Number::New(info.Env(), error);
}

/**
 * Whether a system call that was just refused is refused whatever its arguments, as by a seccomp filter. Only for a
 * call that this process has made before: a filter may also kill the process.
 */
Napi::Value is_refused(const Napi::CallbackInfo& info) {
  const bool failed = try_call(info.Env(), to_text(info[0], "call")) < 0;
  return Napi::Boolean::New(info.Env(), failed && (errno == EPERM || errno == EACCES || errno == ENOSYS));
}

}  // namespace ebpf
