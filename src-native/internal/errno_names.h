#pragma once

namespace ebpf {

/**
 * `ENOENT`, as libuv spells it; null if the number is not an errno. libuv's own function is not used: Bun and Deno lack
 * it.
 */
const char* errno_name(int error);

}  // namespace ebpf
