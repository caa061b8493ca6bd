#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "maps/map.h"

namespace ebpf {

/**
 * The right to be the only one in this process that reads a ring, or writes it: two would race on its position, and lose
 * or repeat records. It is of the kernel's map, whatever handle or thread it was taken with; closing gives it back.
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

  /** Of each CPU's ring where the map has several. Raises EBUSY when one is taken; `who` is a reader or a writer. */
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
