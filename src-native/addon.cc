#include "addon.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>

#include <cerrno>
#include <memory>

#include "arguments.h"
#include "btf.h"
#include "errors.h"
#include "link.h"
#include "log.h"
#include "map.h"
#include "map_memory.h"
#include "netns.h"
#include "object.h"
#include "perf_buffer.h"
#include "pidfd.h"
#include "program.h"
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

// struct if_nameindex *if_nameindex(void)
// interfaces(options: NativeNetns): { name: string; index: number }[]
Napi::Value interfaces(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Fd netns = open_netns(to_object(info[0], "options"));
  std::unique_ptr<struct if_nameindex, decltype(&if_freenameindex)> list(nullptr, if_freenameindex);
  const int result = in_netns(netns, [&] {
    list.reset(if_nameindex());
    return list ? 0 : -errno;
  });
  check(env, result, "list interfaces");
  auto interfaces = Napi::Array::New(env);
  for (auto* entry = list.get(); entry->if_index != 0; entry++) {
    auto interface = Napi::Object::New(env);
    interface["name"] = entry->if_name;
    interface["index"] = entry->if_index;
    interfaces[interfaces.Length()] = interface;
  }
  return interfaces;
}

}  // namespace

Addon::Addon(Napi::Env env) {
  define<Object>(env);
  define<Program>(env);
  define<Link>(env);
  define<Map>(env);
  define<MapMemory>(env);
  define<RingBuffer>(env);
  define<PerfBuffer>(env);
  define<UserRingBuffer>(env);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  capture_libbpf_log();
  env.SetInstanceData(new Addon(env));
  exports["libbpfVersion"] = libbpf_version_string() + 1;  // without its 'v'
  exports["setErrorFactory"] = Napi::Function::New<set_error_factory>(env, "setErrorFactory");
  exports["openObject"] = Napi::Function::New<Object::open>(env, "openObject");
  exports["createMap"] = Napi::Function::New<Map::create>(env, "createMap");
  exports["mapById"] = Napi::Function::New<Map::by_id>(env, "mapById");
  exports["nextMapId"] = Napi::Function::New<Map::next_id>(env, "nextMapId");
  exports["openPinnedMap"] = Napi::Function::New<Map::open_pinned>(env, "openPinnedMap");
  exports["mapMemory"] = Napi::Function::New<MapMemory::open>(env, "mapMemory");
  exports["btfById"] = Napi::Function::New<btf_by_id>(env, "btfById");
  exports["openPerfBuffer"] = Napi::Function::New<PerfBuffer::open>(env, "openPerfBuffer");
  exports["openPidfd"] = Napi::Function::New<open_pidfd>(env, "openPidfd");
  exports["openUserRingBuffer"] = Napi::Function::New<UserRingBuffer::open>(env, "openUserRingBuffer");
  exports["openRingBuffer"] = Napi::Function::New<RingBuffer::open>(env, "openRingBuffer");
  exports["possibleCpus"] = Napi::Function::New<possible_cpus>(env, "possibleCpus");
  exports["interfaceIndex"] = Napi::Function::New<interface_index>(env, "interfaceIndex");
  exports["interfaces"] = Napi::Function::New<interfaces>(env, "interfaces");
  return exports;
}

NODE_API_MODULE(ebpf, init)

}  // namespace ebpf
