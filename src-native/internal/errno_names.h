#pragma once

namespace ebpf {

/** `ENOENT`, as libuv spells it; null for a number that is none. Not libuv's own function, which Bun and Deno do not have. */
const char* errno_name(int error);

}  // namespace ebpf
