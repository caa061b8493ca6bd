#pragma once

#include <cstring>

namespace ebpf {

/**
 * Makes an options struct of libbpf ready, which tells versions apart by `sz` and refuses what is not zero behind the last member
 * it knows. LIBBPF_OPTS does this for C. In place: a struct that is returned may come with other bytes in its padding.
 */
template <typename T>
void init_opts(T& opts) {
  memset(&opts, 0, sizeof opts);
  opts.sz = sizeof opts;
}

}  // namespace ebpf
