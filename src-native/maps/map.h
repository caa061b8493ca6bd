#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "internal/fd.h"
#include "internal/handle.h"
#include "maps/info.h"

namespace ebpf {

/** NativeMap of lib/internal/binding.ts. */
class Map : public Handle<Map> {
 public:
  static constexpr const char* class_name = "Map";
  static constexpr napi_type_tag type_tag{0x3c4109dd6ec05820, 0x2c490081c002266b};
  struct Parts {
    Fd fd;
    MapInfo info;
    /** An arena that libbpf has mapped: the kernel lets a process map it at one address only. */
    std::shared_ptr<void> arena;
  };

  static Napi::Function define(Napi::Env env);
  explicit Map(const Napi::CallbackInfo& info);

  /** A handle of that descriptor, which may be empty with errno set. `name` is the full name, if known. */
  static Napi::Value wrap(Napi::Env env, Fd fd, const std::string& operation, std::shared_ptr<void> arena = {},
                          const std::string& name = {});

  // int bpf_map_create(enum bpf_map_type map_type, const char *map_name, __u32 key_size, __u32 value_size,
  //                    __u32 max_entries, const struct bpf_map_create_opts *opts)
  // createMap(options: { type: number; name?: string; keySize: number; valueSize: number; maxEntries: number;
  //                      flags?: number; extra?: bigint; numaNode?: number; ifindex?: number; innerMapFd?: number }):
  //   NativeMap
  static Napi::Value create(const Napi::CallbackInfo& info);

  // int bpf_map_get_fd_by_id(__u32 id)
  // mapById(id: number): NativeMap
  static Napi::Value by_id(const Napi::CallbackInfo& info);

  // int bpf_obj_get_opts(const char *pathname, const struct bpf_obj_get_opts *opts)
  // openPinnedMap(path: string, flags: number): NativeMap
  static Napi::Value open_pinned(const Napi::CallbackInfo& info);

  /** The open descriptor; raises EBADF if the map is closed. */
  int open_fd(Napi::Env env) const;
  const bpf_map_info& info() const { return parts_.info.kernel; }
  const std::string& name() const { return parts_.info.name; }
  const std::shared_ptr<void>& arena() const { return parts_.arena; }

 private:
  // fd: number
  Napi::Value fd(const Napi::CallbackInfo& info);

  // int bpf_map_get_info_by_fd(int map_fd, struct bpf_map_info *info, __u32 *info_len)
  // info: BpfMapInfo
  Napi::Value description(const Napi::CallbackInfo& info);

  // element: ArrayBuffer
  Napi::Value element(const Napi::CallbackInfo& info);

  // int bpf_map_lookup_elem_flags(int fd, const void *key, void *value, __u64 flags)
  // lookup(flags: number): boolean
  Napi::Value lookup(const Napi::CallbackInfo& info);

  // int bpf_map_lookup_and_delete_elem_flags(int fd, const void *key, void *value, __u64 flags)
  // lookupAndDelete(flags: number): boolean
  Napi::Value lookup_and_delete(const Napi::CallbackInfo& info);

  // int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
  // update(flags: number): void
  void update(const Napi::CallbackInfo& info);

  // updateAsync(key: Uint8Array, value: Uint8Array, flags: number): Promise<void>
  Napi::Value update_async(const Napi::CallbackInfo& info);

  // int bpf_map_delete_elem(int fd, const void *key)
  // delete(): boolean
  Napi::Value remove(const Napi::CallbackInfo& info);

  // int bpf_map_get_next_key(int fd, const void *key, void *next_key)
  // nextKey(key: Uint8Array | undefined, next: Uint8Array): boolean
  Napi::Value next_key(const Napi::CallbackInfo& info);

  // int bpf_map_lookup_batch(int fd, void *in_batch, void *out_batch, void *keys, void *values, __u32 *count,
  //                          const struct bpf_map_batch_opts *opts)
  // int bpf_map_lookup_and_delete_batch(int fd, ...the same)
  // lookupBatch(cursor: Uint8Array, first: boolean, keys: Uint8Array, values: Uint8Array, andDelete: boolean, flags: number):
  //   { count: number; done: boolean }
  Napi::Value lookup_batch(const Napi::CallbackInfo& info);

  // int bpf_map_update_batch(int fd, const void *keys, const void *values, __u32 *count,
  //                          const struct bpf_map_batch_opts *opts)
  // updateBatch(keys: Uint8Array, values: Uint8Array, count: number, flags: number): number
  Napi::Value update_batch(const Napi::CallbackInfo& info);

  // int bpf_map_delete_batch(int fd, const void *keys, __u32 *count, const struct bpf_map_batch_opts *opts)
  // deleteBatch(keys: Uint8Array, count: number): number
  Napi::Value delete_batch(const Napi::CallbackInfo& info);

  // int bpf_map_freeze(int fd)
  // freeze(): void
  void freeze(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  size_t key_size() const { return info().key_size; }
  size_t user_value_size() const { return parts_.info.user_value_size; }
  /**
   * Bytes that the kernel reads or writes per entry of a batch: one value if the flags name one CPU, otherwise all
   * CPUs' values.
   */
  size_t batch_value_size(uint64_t flags) const {
    return (flags & (BPF_F_CPU | BPF_F_ALL_CPUS)) != 0 ? info().value_size : user_value_size();
  }
  std::string operation(const char* verb) const { return std::string(verb) + " map " + name(); }
  /**
   * One key and one value, which JavaScript reads and writes too, so that a single operation passes no buffers and
   * allocates nothing.
   */
  struct Element {
    std::shared_ptr<uint8_t> memory;
    /** Null for a map without keys, as the kernel expects. */
    uint8_t* key;
    uint8_t* value;
  };
  /** Allocated on first use. */
  const Element& own_element(Napi::Env env);
  /** The same memory as an ArrayBuffer. */
  Napi::ArrayBuffer element_in_javascript(Napi::Env env);
  size_t value_offset() const { return (key_size() + 7) & ~size_t{7}; }
  size_t element_size() const { return std::max<size_t>(1, value_offset() + user_value_size()); }
  /** False for ENOENT; raises any other failure. */
  Napi::Value found(Napi::Env env, int result, const char* verb) const;

  Parts parts_;
  Element element_{};
  Napi::Reference<Napi::ArrayBuffer> element_buffer_;
};

}  // namespace ebpf
