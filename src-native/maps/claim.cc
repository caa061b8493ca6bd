#include "maps/claim.h"

#include <cerrno>
#include <mutex>
#include <set>

#include "internal/errors.h"

namespace ebpf {
namespace {

/** Shared by all environments: a worker's reader excludes one on the main thread. */
std::mutex mutex;
std::set<std::pair<uint32_t, int>> taken;

constexpr int none = -2;

}  // namespace

MapClaim MapClaim::take(Napi::Env env, const Map& map, const std::string& operation, const char* who,
                        const std::vector<int>& cpus) {
  const uint32_t id = map.info().id;
  MapClaim claim;
  const int busy = [&] {
    const std::lock_guard lock(mutex);
    for (const int cpu : cpus) {
      if (!taken.emplace(id, cpu).second) return cpu;
      claim.rings_.emplace_back(id, cpu);
    }
    return none;
  }();
  if (busy == none) return claim;
  const std::string ring = "map " + map.name() + " (id " + std::to_string(id) + ")";
  const std::string cpu = busy == whole ? "" : " for CPU " + std::to_string(busy);
  const std::string message = ring + " already has a " + who + cpu + " in this process; close it first";
  raise(env, {EBUSY, operation, operation + ": " + message});
}

void MapClaim::reset() {
  const std::lock_guard lock(mutex);
  for (const Ring& ring : rings_) taken.erase(ring);
  rings_.clear();
}

}  // namespace ebpf
