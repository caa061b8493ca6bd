#include "maps/memory.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/external_memory.h"
#include "maps/map.h"

namespace ebpf {
namespace {

/** Bytes of the map that the kernel can map, before rounding up to pages; 0 if it cannot be mapped. */
size_t mapped_size(const bpf_map_info& info) {
  switch (info.type) {
    case BPF_MAP_TYPE_ARRAY:
      return (size_t{info.value_size} + 7) / 8 * 8 * info.max_entries;
    case BPF_MAP_TYPE_ARENA:
      return size_t{info.max_entries} * static_cast<size_t>(sysconf(_SC_PAGESIZE));
    default:
      return 0;
  }
}

std::string operation_on(const std::string& map) {
  return "map the memory of map " + map;
}

}  // namespace

Napi::Function MapMemory::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceAccessor<&MapMemory::data>("data"),
                         InstanceMethod<&MapMemory::share>("share"),
                         InstanceMethod<&MapMemory::close>("close"),
                     });
}

MapMemory::MapMemory(const Napi::CallbackInfo& info)
    : Handle(info), parts_(Addon::of(info.Env()).take_parts<MapMemory>(info.Env())) {
  const auto& pages = parts_.pages;
  data_ = Napi::Persistent(external_memory(info.Env(), pages->data(), pages->size(), pages, operation_on(parts_.name)));
}

Napi::Value MapMemory::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Map& map = *Map::Unwrap(info[0].As<Napi::Object>());
  const bool writable = to_boolean(info[1], "writable");
  const std::string operation = operation_on(map.name());
  const int fd = map.open_fd(env);
  const bpf_map_info& about = map.info();
  const size_t size = mapped_size(about);
  if (size == 0) raise(env, {EINVAL, operation, "map " + map.name() + " has no memory to map"});
  // In such an arena, touching a page that nobody allocated would kill the process.
  if (about.type == BPF_MAP_TYPE_ARENA && (about.map_flags & BPF_F_SEGV_ON_FAULT) != 0) {
    raise(env, {EINVAL, operation, "arena " + map.name() + " has BPF_F_SEGV_ON_FAULT: a read could end the process"});
  }
  const uint64_t address = about.type == BPF_MAP_TYPE_ARENA ? about.map_extra : 0;
  // libbpf has already mapped its own arenas, and the kernel lets a process map an arena at one address only.
  auto pages =
      map.arena() ? std::make_shared<MappedPages>(map.arena(), size) : MappedPages::map(fd, size, writable, address);
  if (!pages) {
    const int error = errno;
    const bool elsewhere = about.type == BPF_MAP_TYPE_ARENA && (error == EINVAL || error == EBUSY);
    const char* why = ": the first process that mapped the arena chose its address, which is in use in this process";
    raise(env, {error, operation, elsewhere ? operation + why : std::string()});
  }
  return Addon::of(env).create<MapMemory>({map.name(), std::move(pages)});
}

MappedPages& MapMemory::open_pages(Napi::Env env) const {
  if (!parts_.pages) {
    raise(env, {EBADF, "use the memory of map " + parts_.name, "the memory of map " + parts_.name + " is closed"});
  }
  return *parts_.pages;
}

Napi::Value MapMemory::data(const Napi::CallbackInfo& info) {
  open_pages(info.Env());
  return data_.Value();
}

Napi::Value MapMemory::share(const Napi::CallbackInfo& info) {
  open_pages(info.Env());
  return lend_pages(info.Env(), parts_.pages, "share the memory of map " + parts_.name);
}

void MapMemory::close(const Napi::CallbackInfo&) {
  if (!parts_.pages) return;
  data_.Value().Detach();
  parts_.pages.reset();
}

}  // namespace ebpf
