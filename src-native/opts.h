#pragma once

#include <cstring>

namespace ebpf {

/**
 * An options struct of libbpf, which tells versions apart by `sz` and refuses what is not zero behind the last member it knows,
 * padding too. LIBBPF_OPTS does this for C.
 */
template <typename T>
T make_opts() {
  T opts;
  memset(&opts, 0, sizeof opts);
  opts.sz = sizeof(T);
  return opts;
}

}  // namespace ebpf
