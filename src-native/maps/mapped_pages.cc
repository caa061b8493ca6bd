#include "maps/mapped_pages.h"

#include <sys/mman.h>

#include <deque>
#include <mutex>
#include <utility>

namespace ebpf {
namespace {

/**
 * Unmaps pages whose address may still be in use elsewhere. A job on the thread pool has an address and does not keep
 * the memory alive: if an ArrayBuffer is detached meanwhile, by `transfer()` for example, and the new one is collected,
 * nothing holds the memory any more. So the map's pages are replaced by anonymous ones, which take no memory until they
 * are written, and these stay until the same number of others have followed.
 */
void retire(void* data, size_t size) {
  constexpr size_t most = 64;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  if (mmap(data, size, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return;  // better a leak than a crash
  // Shared by all environments, and never destroyed: threads may outlast the end of main.
  static std::mutex mutex;
  static auto& retired = *new std::deque<std::pair<void*, size_t>>;
  const std::lock_guard lock(mutex);
  retired.emplace_back(data, size);
  if (retired.size() <= most) return;
  munmap(retired.front().first, retired.front().second);
  retired.pop_front();
}

}  // namespace

std::shared_ptr<MappedPages> MappedPages::map(int fd, size_t size, bool writable, uint64_t address) {
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* data = mmap(reinterpret_cast<void*>(address), size, protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return nullptr;
  return std::shared_ptr<MappedPages>(new MappedPages(data, size));
}

MappedPages::~MappedPages() {
  if (owner_) return;
  if (lent_) {
    retire(data_, size_);
  } else {
    munmap(data_, size_);
  }
}

}  // namespace ebpf
