#pragma once

#include <cstring>

namespace ebpf {

/**
 * Initializes an options struct of libbpf. libbpf tells versions apart by `sz`, and rejects non-zero bytes behind the
 * last member it knows. LIBBPF_OPTS does this for C. It is done in place: a struct that is returned may have other
 * bytes in its padding.
 */
template <typename T>
void init_opts(T& opts) {
  memset(&opts, 0, sizeof opts);
  opts.sz = sizeof opts;
}

}  // namespace ebpf
