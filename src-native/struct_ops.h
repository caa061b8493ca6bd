#pragma once

#include <bpf/libbpf.h>

#include <memory>

#include "fd.h"

namespace ebpf {

/**
 * A struct_ops map that the kernel uses: by a link where its section is `.struct_ops.link`, else until its value is
 * deleted. libbpf's link of the second kind borrows the object's descriptor, which may be another file's by then, so
 * that one is not kept.
 */
class StructOps {
 public:
  /** A negative errno in `error` on failure. */
  StructOps(const bpf_map* map, int& error);
  StructOps(StructOps&& other) = default;
  StructOps& operator=(StructOps&& other) = delete;
  ~StructOps();

  /** The link's descriptor, or -1. */
  int fd() const { return link_ ? bpf_link__fd(link_.get()) : -1; }
  /** Puts another map in its place; EINVAL without a link. */
  int update(const bpf_map* map);

 private:
  struct Destroyer {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
  };

  std::unique_ptr<bpf_link, Destroyer> link_;
  /** The map, where there is no link. */
  Fd map_;
};

}  // namespace ebpf
