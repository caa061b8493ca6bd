#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ebpf {

/**
 * The pages of a BPF_MAP_TYPE_RINGBUF, as kernel/bpf/ringbuf.c lays them out: the consumer's position, which user space
 * writes; the producer's position, which it reads; the data, read-only and mapped twice in a row, so that a record that
 * wraps around is contiguous.
 */
class RingMemory {
 public:
  /** Null, with errno set, if the map cannot be mapped. */
  static std::shared_ptr<RingMemory> map(int fd, size_t size);
  ~RingMemory();
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  size_t size() const { return size_; }
  uint8_t* data() const { return data_; }
  uint64_t producer_position() const { return __atomic_load_n(producer_, __ATOMIC_ACQUIRE); }
  uint64_t consumer_position() const { return __atomic_load_n(consumer_, __ATOMIC_ACQUIRE); }
  /** Releases everything before the position: nobody may read it after that. */
  void set_consumer_position(uint64_t position) { __atomic_store_n(consumer_, position, __ATOMIC_RELEASE); }

  /**
   * Bytes from `position` to the producer's position; at most the ring's size, because a second reader of the same map
   * may have moved the positions.
   */
  size_t reserved(uint64_t position) const;

  /** Bytes of whole committed records from `position` on: at most `limit` unless it is 0, but at least one record. */
  size_t committed(uint64_t position, size_t limit) const;

 private:
  RingMemory(uint64_t* consumer, size_t size) : consumer_(consumer), size_(size) {}

  uint64_t* consumer_;
  size_t size_;
  uint64_t* producer_ = nullptr;
  uint8_t* data_ = nullptr;
};

}  // namespace ebpf
