#include "events/ring_memory.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace ebpf {
namespace {

size_t page_size() {
  return static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/** Includes the header and the padding to 8 bytes. */
size_t record_size(uint32_t header) {
  const size_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
  return (length + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
}

}  // namespace

std::shared_ptr<RingMemory> RingMemory::map(int fd, size_t size) {
  const size_t page = page_size();
  void* consumer = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (consumer == MAP_FAILED) return nullptr;
  std::shared_ptr<RingMemory> memory(new RingMemory(static_cast<uint64_t*>(consumer), size));
  void* producer = mmap(nullptr, page + 2 * size, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(page));
  if (producer == MAP_FAILED) return nullptr;
  memory->producer_ = static_cast<uint64_t*>(producer);
  memory->data_ = static_cast<uint8_t*>(producer) + page;
  return memory;
}

RingMemory::~RingMemory() {
  munmap(consumer_, page_size());
  if (producer_ != nullptr) munmap(producer_, page_size() + 2 * size_);
}

size_t RingMemory::reserved(uint64_t position) const {
  return std::min<uint64_t>(producer_position() - position, size_);
}

size_t RingMemory::committed(uint64_t position, size_t limit) const {
  const size_t available = reserved(position);
  const uint8_t* run = data_ + (position & (size_ - 1));
  size_t bytes = 0;
  while (bytes < available) {
    const uint32_t header = __atomic_load_n(reinterpret_cast<const uint32_t*>(run + bytes), __ATOMIC_ACQUIRE);
    if ((header & BPF_RINGBUF_BUSY_BIT) != 0) break;
    const size_t record = record_size(header);
    if (bytes + record > available || (limit != 0 && bytes != 0 && bytes + record > limit)) break;
    bytes += record;
  }
  return bytes;
}

}  // namespace ebpf
