#pragma once

#include <linux/perf_event.h>

#include <cstddef>
#include <cstdint>

namespace ebpf {

/**
 * One CPU's ring of a perf buffer: a control page, whose data_tail user space writes, and the data
 * (include/uapi/linux/perf_event.h, struct perf_event_mmap_page).
 */
class PerfRing {
 public:
  /** `base` is the mapping, including the control page; it must outlive this object. */
  PerfRing(void* base, size_t mapped_size, uint32_t cpu);

  uint32_t cpu() const { return cpu_; }
  bool empty() const { return head() == control_->data_tail; }
  /**
   * Records that are not in the ring: the kernel could not write them, as far as it has reported, or a sample was
   * longer than the 65,516 bytes that perf's size field allows.
   */
  uint64_t lost() const { return lost_; }

  /**
   * Moves raw samples to `out` as long as they fit: a header with a length and the CPU, 4 bytes each, then the sample,
   * padded to 8 bytes. Returns the number of bytes written. `stuck` becomes true if the next sample does not fit.
   */
  size_t drain(uint8_t* out, size_t room, bool& stuck);

 private:
  uint64_t head() const { return __atomic_load_n(&control_->data_head, __ATOMIC_ACQUIRE); }
  /** Copies from the ring, wrapping around its end if needed. */
  void copy(uint64_t position, void* to, size_t bytes) const;

  perf_event_mmap_page* control_;
  const uint8_t* data_;
  size_t size_;
  uint32_t cpu_;
  uint64_t lost_ = 0;
};

}  // namespace ebpf
