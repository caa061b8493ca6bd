#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "maps/map.h"

namespace ebpf {

/**
 * The exclusive right, within this process, to read or to write a ring: two users would race on its position, and lose
 * or repeat records. It applies to the kernel's map, whatever handle or thread it was taken with. Closing releases it.
 */
class MapClaim {
 public:
  MapClaim() = default;
  MapClaim(MapClaim&& other) noexcept : rings_(std::exchange(other.rings_, {})) {}
  MapClaim& operator=(MapClaim&& other) noexcept {
    rings_.swap(other.rings_);
    return *this;
  }
  ~MapClaim() { reset(); }

  /** Claims each CPU's ring if the map has several. Raises EBUSY if one is taken; `who` is a reader or a writer. */
  static MapClaim take(Napi::Env env, const Map& map, const std::string& operation, const char* who,
                       const std::vector<int>& cpus = {whole});

  void reset();

 private:
  static constexpr int whole = -1;
  /** A map's id and a CPU, or `whole`. */
  using Ring = std::pair<uint32_t, int>;

  std::vector<Ring> rings_;
};

}  // namespace ebpf
