#pragma once

namespace ebpf {

/** An options struct of libbpf, which tells versions apart by `sz`. LIBBPF_OPTS does this for C. */
template <typename T>
T make_opts() {
  T opts{};
  opts.sz = sizeof(T);
  return opts;
}

}  // namespace ebpf
