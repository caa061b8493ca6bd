#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ebpf {

/**
 * The bytes of an internal map (.data, .bss, .rodata), or of the variables that an arena begins with: libbpf's image before
 * load and the map's mapped memory after it. A kernel before 5.5 cannot map an internal map, nor does libbpf map one that it
 * shares; then each access is a system call.
 */
class Globals {
 public:
  /** `shared`: the map is another object's too, so that libbpf's image is not its memory. */
  Globals(const bpf_map* map, bool loaded, bool shared);
  /** Of a loaded object's arena, mapped there; null for one that libbpf did not map. */
  Globals(const bpf_map* arena, void* pages);

  /** False when it holds no variables. */
  explicit operator bool() const { return size_ > 0; }
  size_t size() const { return size_; }
  bool read_only() const;
  /** Whether libbpf fills it in from the kernel's configuration. */
  bool kernel_config() const;

  /** Within size(). Negative errno on failure. */
  int read(size_t offset, void* bytes, size_t length) const;
  int write(size_t offset, const void* bytes, size_t length) const;

 private:
  const bpf_map* map_;
  bool loaded_;
  uint8_t* memory_ = nullptr;
  size_t size_ = 0;
};

}  // namespace ebpf
