#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace ebpf {

/** A map's pages in this process. They stay mapped as long as anything shares this object. */
class MappedPages {
 public:
  /** Null, with errno set, if the kernel refuses. `address` is a hint; 0 for none. */
  static std::shared_ptr<MappedPages> map(int fd, size_t size, bool writable, uint64_t address);
  /** Pages that libbpf has mapped, and unmaps with its object. `owner` keeps the object open. */
  MappedPages(std::shared_ptr<void> owner, size_t size) : owner_(std::move(owner)), data_(owner_.get()), size_(size) {}
  ~MappedPages();
  MappedPages(const MappedPages&) = delete;
  MappedPages& operator=(const MappedPages&) = delete;

  void* data() const { return data_; }
  size_t size() const { return size_; }
  /** From here on, code that is not ours may know their address. */
  void lend() { lent_ = true; }

 private:
  MappedPages(void* data, size_t size) : data_(data), size_(size) {}

  std::shared_ptr<void> owner_;
  void* data_;
  size_t size_;
  bool lent_ = false;
};

}  // namespace ebpf
