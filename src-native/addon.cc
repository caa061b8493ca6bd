#include "addon.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>

#include <cerrno>
#include <ctime>

#include "arguments.h"
#include "btf.h"
#include "descriptor.h"
#include "errors.h"
#include "hooks.h"
#include "iterator.h"
#include "kernel_object.h"
#include "link.h"
#include "log.h"
#include "map.h"
#include "map_memory.h"
#include "netlink.h"
#include "netns.h"
#include "object.h"
#include "perf_buffer.h"
#include "pidfd.h"
#include "probe.h"
#include "program.h"
#include "query.h"
#include "ring_buffer.h"
#include "user_ring_buffer.h"

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
  const int index = in_netns(netns, [&] {
    const int found = static_cast<int>(if_nametoindex(name.c_str()));
    return found == 0 ? -errno : found;
  });
  return Napi::Number::New(info.Env(), check(info.Env(), index, "find interface " + name));
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
  exports["setErrorFactory"] = Napi::Function::New<set_error_factory>(env, "setErrorFactory");
  exports["openObject"] = Napi::Function::New<Object::open>(env, "openObject");
  exports["openLink"] = Napi::Function::New<Link::open>(env, "openLink");
  exports["queryPrograms"] = Napi::Function::New<query_programs>(env, "queryPrograms");
  exports["queryXdp"] = Napi::Function::New<query_xdp>(env, "queryXdp");
  exports["createMap"] = Napi::Function::New<Map::create>(env, "createMap");
  exports["mapById"] = Napi::Function::New<Map::by_id>(env, "mapById");
  exports["openPinnedMap"] = Napi::Function::New<Map::open_pinned>(env, "openPinnedMap");
  exports["mapMemory"] = Napi::Function::New<MapMemory::open>(env, "mapMemory");
  exports["btfById"] = Napi::Function::New<btf_by_id>(env, "btfById");
  exports["openPerfBuffer"] = Napi::Function::New<PerfBuffer::open>(env, "openPerfBuffer");
  exports["openPidfd"] = Napi::Function::New<open_pidfd>(env, "openPidfd");
  exports["openUserRingBuffer"] = Napi::Function::New<UserRingBuffer::open>(env, "openUserRingBuffer");
  exports["openRingBuffer"] = Napi::Function::New<RingBuffer::open>(env, "openRingBuffer");
  exports["openIterator"] = Napi::Function::New<Iterator::open>(env, "openIterator");
  exports["possibleCpus"] = Napi::Function::New<possible_cpus>(env, "possibleCpus");
  exports["nextId"] = Napi::Function::New<next_id>(env, "nextId");
  exports["infoById"] = Napi::Function::New<info_by_id>(env, "infoById");
  exports["programInfo"] = Napi::Function::New<program_info_of>(env, "programInfo");
  exports["linkInfo"] = Napi::Function::New<link_info_of>(env, "linkInfo");
  exports["runProgram"] = Napi::Function::New<run_program>(env, "runProgram");
  exports["pinObject"] = Napi::Function::New<pin_object>(env, "pinObject");
  exports["openProgramById"] = Napi::Function::New<Descriptor::program_by_id>(env, "openProgramById");
  exports["openPinnedProgram"] = Napi::Function::New<Descriptor::pinned_program>(env, "openPinnedProgram");
  exports["enableStats"] = Napi::Function::New<Descriptor::enable_stats>(env, "enableStats");
  exports["typeNames"] = Napi::Function::New<type_names>(env, "typeNames");
  exports["probeProgramType"] = Napi::Function::New<probe_program_type>(env, "probeProgramType");
  exports["probeMapType"] = Napi::Function::New<probe_map_type>(env, "probeMapType");
  exports["probeHelper"] = Napi::Function::New<probe_helper>(env, "probeHelper");
  exports["probeLink"] = Napi::Function::New<probe_link>(env, "probeLink");
  exports["clocks"] = Napi::Function::New<clocks>(env, "clocks");
  exports["interfaceIndex"] = Napi::Function::New<interface_index>(env, "interfaceIndex");
  exports["attachHook"] = Napi::Function::New<attach_hook>(env, "attachHook");
  exports["detachLinks"] = Napi::Function::New<detach_links>(env, "detachLinks");
  exports["whichAttached"] = Napi::Function::New<which_attached>(env, "whichAttached");
  exports["dumpInterfaces"] = Napi::Function::New<dump_interfaces>(env, "dumpInterfaces");
  exports["interfacePackets"] = Napi::Function::New<interface_packets>(env, "interfacePackets");
  exports["openNetlink"] = Napi::Function::New<Netlink::open>(env, "openNetlink");
  return exports;
}

NODE_API_MODULE(ebpf, init)

}  // namespace ebpf
