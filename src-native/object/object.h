#pragma once

#include <memory>

#include "internal/handle.h"
#include "object/state.h"

namespace ebpf {

/** NativeObject of lib/internal/binding.ts. */
class Object : public Handle<Object> {
 public:
  static constexpr const char* class_name = "Object";
  static constexpr napi_type_tag type_tag{0xc6397db15b46eee4, 0x8c9c3b3aa346bff0};
  using Parts = std::shared_ptr<ObjectState>;

  static Napi::Function define(Napi::Env env);
  explicit Object(const Napi::CallbackInfo& info);

  // struct bpf_object *bpf_object__open_file(const char *path, const struct bpf_object_open_opts *opts)
  // struct bpf_object *bpf_object__open_mem(const void *obj_buf, size_t obj_buf_sz,
  //                                         const struct bpf_object_open_opts *opts)
  // openObject(source: string | Uint8Array, options: NativeOpenOptions): NativeObject
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // struct bpf_program *bpf_object__next_program(const struct bpf_object *obj, struct bpf_program *prog)
  // programs(): NativeProgramDescription[]
  Napi::Value programs(const Napi::CallbackInfo& info);

  // struct bpf_map *bpf_object__next_map(const struct bpf_object *obj, const struct bpf_map *map)
  // maps(): NativeMapDescription[]
  Napi::Value maps(const Napi::CallbackInfo& info);

  // struct btf *bpf_object__btf(const struct bpf_object *obj)
  // btf(): Uint8Array | undefined
  Napi::Value btf(const Napi::CallbackInfo& info);

  // int bpf_program__set_autoload(struct bpf_program *prog, bool autoload)
  // setAutoload(program: number, on: boolean): void
  void set_autoload(const Napi::CallbackInfo& info);

  // int bpf_map__set_max_entries(struct bpf_map *map, __u32 max_entries)
  // setMaxEntries(map: number, maxEntries: number): void
  void set_max_entries(const Napi::CallbackInfo& info);

  // int bpf_map__set_type(struct bpf_map *map, enum bpf_map_type type)
  // int bpf_map__set_{key,value}_size(struct bpf_map *map, __u32 size)
  // int bpf_map__set_{map_flags,numa_node,ifindex}(struct bpf_map *map, __u32 value)
  // int bpf_map__set_map_extra(struct bpf_map *map, __u64 map_extra)
  // int bpf_map__set_autocreate(struct bpf_map *map, bool autocreate)
  // int bpf_map__set_exclusive_program(struct bpf_map *map, struct bpf_program *prog)
  // int bpf_map__set_pin_path(struct bpf_map *map, const char *path)
  // setMap(map: number, settings: NativeMapSettings): void
  void set_map(const Napi::CallbackInfo& info);

  // int bpf_map__reuse_fd(struct bpf_map *map, int fd)
  // reuseMap(map: number, fd: number): void
  void reuse_map(const Napi::CallbackInfo& info);

  // int bpf_map__set_inner_map_fd(struct bpf_map *map, int fd)
  // setInnerMap(map: number, fd: number): void
  void set_inner_map(const Napi::CallbackInfo& info);

  // int bpf_program__set_type(struct bpf_program *prog, enum bpf_prog_type type)
  // int bpf_program__set_expected_attach_type(struct bpf_program *prog, enum bpf_attach_type type)
  // int bpf_program__set_{flags,log_level}(struct bpf_program *prog, __u32 value)
  // void bpf_program__set_autoattach(struct bpf_program *prog, bool autoattach)
  // void bpf_program__set_ifindex(struct bpf_program *prog, __u32 ifindex)
  // setProgram(program: number, settings: NativeProgramSettings): void
  void set_program(const Napi::CallbackInfo& info);

  // int bpf_program__set_attach_target(struct bpf_program *prog, int attach_prog_fd, const char *attach_func_name)
  // setAttachTarget(program: number, target: { function?: string; fd?: number }): void
  void set_attach_target(const Napi::CallbackInfo& info);

  // void *bpf_map__initial_value(const struct bpf_map *map, size_t *psize)
  // readGlobal(map: number, offset: number, length: number): Uint8Array
  Napi::Value read_global(const Napi::CallbackInfo& info);

  // writeGlobal(map: number, offset: number, bytes: Uint8Array): void
  void write_global(const Napi::CallbackInfo& info);

  // int bpf_object__prepare(struct bpf_object *obj)
  // prepare(): Promise<void>
  Napi::Value prepare(const Napi::CallbackInfo& info);

  // int bpf_object__load(struct bpf_object *obj)
  // load(): Promise<void>
  Napi::Value load(const Napi::CallbackInfo& info);

  // loadSync(): void
  void load_sync(const Napi::CallbackInfo& info);

  // int bpf_object__gen_loader(struct bpf_object *obj, struct gen_loader_opts *opts)
  // generateLoader(hash: boolean): Promise<NativeLoader>
  Napi::Value generate_loader(const Napi::CallbackInfo& info);

  // static int bpf_load_and_run(struct bpf_load_and_run_opts *opts)
  // runLoader(loader: NativeLoaderRun): Promise<void>
  Napi::Value run_loader(const Napi::CallbackInfo& info);

  // int bpf_map__fd(const struct bpf_map *map)
  // map(index: number): NativeMap
  Napi::Value map(const Napi::CallbackInfo& info);

  // int bpf_program__fd(const struct bpf_program *prog)
  // program(index: number): NativeProgram
  Napi::Value program(const Napi::CallbackInfo& info);

  // struct bpf_link *bpf_map__attach_struct_ops(const struct bpf_map *map)
  // attachStructOps(map: number): NativeLink
  Napi::Value attach_struct_ops(const Napi::CallbackInfo& info);

  // int bpf_link__update_map(struct bpf_link *link, const struct bpf_map *map)
  // updateStructOps(link: NativeLink, map: number): void
  void update_struct_ops(const Napi::CallbackInfo& info);

  // void bpf_object__close(struct bpf_object *obj)
  // close(): void
  void close(const Napi::CallbackInfo& info);

  std::shared_ptr<ObjectState> state_;
};

}  // namespace ebpf
