#include "internal/addon.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>

#include <cerrno>
#include <ctime>
#include <new>
#include <string>
#include <type_traits>

#include "attach/cgroup_directory.h"
#include "attach/hooks.h"
#include "attach/query.h"
#include "events/perf_buffer.h"
#include "events/ring_buffer.h"
#include "events/user_ring_buffer.h"
#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "kernel/btf.h"
#include "kernel/descriptor.h"
#include "kernel/kernel_object.h"
#include "kernel/pidfd.h"
#include "kernel/probe.h"
#include "link/iterator.h"
#include "link/link.h"
#include "maps/map.h"
#include "maps/memory.h"
#include "net/netlink.h"
#include "net/netns.h"
#include "object/object.h"
#include "program/program.h"

namespace ebpf {
namespace {

// setErrorFactory(create: (fields: ErrorFields) => Error): void
void set_error_factory(const Napi::CallbackInfo& info) {
  Addon::of(info.Env()).error_factory = Napi::Persistent(to_function(info[0], "create"));
}

// int libbpf_num_possible_cpus(void)
// possibleCpus(): number
Napi::Value possible_cpus(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), check(info.Env(), libbpf_num_possible_cpus(), "count possible CPUs"));
}

// int clock_gettime(clockid_t clockid, struct timespec *tp)
// clocks(): { wall: bigint; monotonic: bigint; boot: bigint }
Napi::Value clocks(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto nanoseconds = [env](clockid_t id) {
    timespec time;
    check(env, clock_gettime(id, &time) == 0 ? 0 : -errno, "read the clock");
    return Napi::BigInt::New(env, uint64_t(time.tv_sec) * 1'000'000'000 + uint64_t(time.tv_nsec));
  };
  auto clocks = Napi::Object::New(env);
  clocks["wall"] = nanoseconds(CLOCK_REALTIME);
  clocks["monotonic"] = nanoseconds(CLOCK_MONOTONIC);
  clocks["boot"] = nanoseconds(CLOCK_BOOTTIME);
  return clocks;
}

// unsigned int if_nametoindex(const char *ifname)
// interfaceIndex(name: string, options: NativeNetns): number
Napi::Value interface_index(const Napi::CallbackInfo& info) {
  const auto name = to_text(info[0], "name");
  const Fd netns = open_netns(to_object(info[1], "options"));
  std::string log;
  LogScope scope(log);
  const int index = in_netns(netns, [&] {
    const int found = static_cast<int>(if_nametoindex(name.c_str()));
    return found == 0 ? -errno : found;
  });
  return Napi::Number::New(info.Env(), check(info.Env(), index, "find interface " + name, log));
}

/** If the function runs out of memory, that is reported like any other errno. */
template <auto function>
Napi::Value call(const Napi::CallbackInfo& info) {
  try {
    if constexpr (std::is_void_v<decltype(function(info))>) {
      function(info);
      return info.Env().Undefined();
    } else {
      return function(info);
    }
  } catch (const std::bad_alloc&) {
    raise(info.Env(), {ENOMEM, std::string("call ") + static_cast<const char*>(info.Data())});
  }
}

template <auto function>
void define(Napi::Object exports, const char* name) {
  exports[name] = Napi::Function::New<call<function>>(exports.Env(), name, const_cast<char*>(name));
}

}  // namespace

Addon::Addon(Napi::Env env) {
  define<Object>(env);
  define<Program>(env);
  define<Link>(env);
  define<Map>(env);
  define<MapMemory>(env);
  define<RingBuffer>(env);
  define<Descriptor>(env);
  define<Iterator>(env);
  define<PerfBuffer>(env);
  define<UserRingBuffer>(env);
  define<Netlink>(env);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  capture_libbpf_log();
  env.SetInstanceData(new Addon(env));
  exports["libbpfVersion"] = libbpf_version_string() + 1;  // without its 'v'
  define<set_error_factory>(exports, "setErrorFactory");
  define<Object::open>(exports, "openObject");
  define<Link::open>(exports, "openLink");
  define<query_programs>(exports, "queryPrograms");
  define<query_xdp>(exports, "queryXdp");
  define<Map::create>(exports, "createMap");
  define<Map::by_id>(exports, "mapById");
  define<Map::open_pinned>(exports, "openPinnedMap");
  define<MapMemory::open>(exports, "mapMemory");
  define<btf_by_id>(exports, "btfById");
  define<PerfBuffer::open>(exports, "openPerfBuffer");
  define<open_pidfd>(exports, "openPidfd");
  define<UserRingBuffer::open>(exports, "openUserRingBuffer");
  define<RingBuffer::open>(exports, "openRingBuffer");
  define<Iterator::open>(exports, "openIterator");
  define<possible_cpus>(exports, "possibleCpus");
  define<next_id>(exports, "nextId");
  define<info_by_id>(exports, "infoById");
  define<program_info_of>(exports, "programInfo");
  define<link_info_of>(exports, "linkInfo");
  define<run_program>(exports, "runProgram");
  define<read_program_stream>(exports, "readProgramStream");
  define<associate_struct_ops>(exports, "associateStructOps");
  define<pin_object>(exports, "pinObject");
  define<Descriptor::program_by_id>(exports, "openProgramById");
  define<Descriptor::pinned_program>(exports, "openPinnedProgram");
  define<is_refused>(exports, "isRefused");
  define<Descriptor::enable_stats>(exports, "enableStats");
  define<type_names>(exports, "typeNames");
  define<probe_program_type>(exports, "probeProgramType");
  define<probe_map_type>(exports, "probeMapType");
  define<probe_helper>(exports, "probeHelper");
  define<probe_link>(exports, "probeLink");
  define<clocks>(exports, "clocks");
  define<interface_index>(exports, "interfaceIndex");
  define<cgroup_path>(exports, "cgroupPath");
  define<attach_hook>(exports, "attachHook");
  define<detach_links>(exports, "detachLinks");
  define<which_attached>(exports, "whichAttached");
  define<dump_interfaces>(exports, "dumpInterfaces");
  define<interface_packets>(exports, "interfacePackets");
  define<Netlink::open>(exports, "openNetlink");
  return exports;
}

NODE_API_MODULE(ebpf, init)

}  // namespace ebpf
