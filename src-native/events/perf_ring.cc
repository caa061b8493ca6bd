#include "events/perf_ring.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace ebpf {

PerfRing::PerfRing(void* base, size_t mapped_size, uint32_t cpu)
    : control_(static_cast<perf_event_mmap_page*>(base)),
      data_(static_cast<const uint8_t*>(base) + sysconf(_SC_PAGESIZE)),
      size_(mapped_size),
      cpu_(cpu) {}

size_t PerfRing::drain(uint8_t* out, size_t room, bool& stuck) {
  const uint64_t end = head();
  uint64_t tail = control_->data_tail;
  size_t written = 0;
  while (tail != end) {
    perf_event_header header;
    copy(tail, &header, sizeof header);
    // Not a header: a sample that was too long for its header has overwritten what was here. No later header can be
    // found.
    if (header.size < sizeof header || header.size > end - tail) {
      lost_ += 1;
      tail = end;
      break;
    }
    uint32_t length = 0;
    constexpr size_t head_size = sizeof header + sizeof length;
    if (header.size >= head_size) copy(tail + sizeof header, &length, sizeof length);
    // The header has 16 bits for its size, and the kernel does not check it: the rest of the sample is not in the ring.
    const bool cut = header.size < head_size || length > header.size - head_size;
    if (header.type == PERF_RECORD_SAMPLE && cut) {
      lost_ += 1;
    } else if (header.type == PERF_RECORD_SAMPLE) {
      const size_t record = 8 + (size_t{length} + 7) / 8 * 8;
      if (record > room - written) {
        stuck = true;
        break;
      }
      const uint32_t head[2] = {length, cpu_};
      memcpy(out + written, head, sizeof head);
      copy(tail + sizeof header + sizeof length, out + written + sizeof head, length);
      memset(out + written + sizeof head + length, 0, record - sizeof head - length);
      written += record;
    } else if (header.type == PERF_RECORD_LOST && header.size >= sizeof header + 16) {
      uint64_t lost[2];  // id, count
      copy(tail + sizeof header, lost, sizeof lost);
      lost_ += lost[1];
    }
    tail += header.size;
  }
  __atomic_store_n(&control_->data_tail, tail, __ATOMIC_RELEASE);
  return written;
}

void PerfRing::copy(uint64_t position, void* to, size_t bytes) const {
  const size_t start = position & (size_ - 1);
  const size_t first = std::min(bytes, size_ - start);
  memcpy(to, data_ + start, first);
  memcpy(static_cast<uint8_t*>(to) + first, data_, bytes - first);
}

}  // namespace ebpf
