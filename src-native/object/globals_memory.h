#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ebpf {

/**
 * The bytes of an internal map (.data, .bss, .rodata), or of the variables at the start of an arena: libbpf's image
 * before load, the map's mapped memory after it. A kernel before 5.5 cannot map an internal map, and libbpf does not
 * map one that is shared; then each access is a system call.
 */
class Globals {
 public:
  /** `shared`: the map also belongs to another object, so libbpf's image is not its memory. */
  Globals(const bpf_map* map, bool loaded, bool shared);
  /** For the variables in a loaded object's arena. `pages` is where it is mapped; null if libbpf did not map it. */
  Globals(const bpf_map* arena, void* pages);

  /** False if it holds no variables. */
  explicit operator bool() const { return size_ > 0; }
  size_t size() const { return size_; }
  bool read_only() const;
  /** Whether libbpf fills it in from the kernel's configuration. */
  bool kernel_config() const;

  /** The range must be within size(). Negative errno on failure. */
  int read(size_t offset, void* bytes, size_t length) const;
  int write(size_t offset, const void* bytes, size_t length) const;

 private:
  const bpf_map* map_;
  bool loaded_;
  uint8_t* memory_ = nullptr;
  size_t size_ = 0;
};

}  // namespace ebpf
