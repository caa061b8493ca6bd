#include "struct_ops.h"

#include <bpf/bpf.h>

#include <cerrno>

namespace ebpf {

StructOps::StructOps(const bpf_map* map, int& error) : link_(bpf_map__attach_struct_ops(map)) {
  error = link_ ? 0 : -errno;
  if (!link_ || (bpf_map__map_flags(map) & BPF_F_LINK) != 0) return;
  map_ = Fd::duplicate(bpf_map__fd(map));
  if (!map_) error = -errno;
  // Without a descriptor of our own libbpf's link takes back what it did; else it is only freed.
  if (map_) bpf_link__disconnect(link_.get());
  link_.reset();
}

StructOps::~StructOps() {
  const uint32_t zero = 0;
  if (map_) bpf_map_delete_elem(map_.get(), &zero);
}

int StructOps::update(const bpf_map* map) {
  return link_ ? bpf_link__update_map(link_.get(), map) : -EINVAL;
}

}  // namespace ebpf
