#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ebpf {

/** The bytes of an object file, aligned as libelf expects. */
struct ObjectFile {
  std::vector<uint64_t> words;
  size_t size = 0;
};

/**
 * Reads a whole regular file into memory. libbpf would have libelf map the file; if the file were then truncated, the
 * process would be killed. A pipe or a device is never opened, nothing blocks, and the size is limited.
 *
 * @return 0, or the errno; `why` says more if the errno is not enough.
 */
int read_object_file(const std::string& path, ObjectFile& file, std::string& why);

/** What libbpf calls an object of that path: the file's name up to its first dot. */
std::string object_name_of(const std::string& path);

}  // namespace ebpf
