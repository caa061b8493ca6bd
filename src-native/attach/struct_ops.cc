#include "attach/struct_ops.h"

#include <bpf/bpf.h>

#include <cerrno>

namespace ebpf {
namespace {

/** The map, if there is no link. */
class RegisteredMap : public LegacyAttach {
 public:
  explicit RegisteredMap(Fd map) : map_(std::move(map)) {}

  int detach() override {
    const Fd map = std::exchange(map_, Fd());
    const uint32_t zero = 0;
    const int error = map ? bpf_map_delete_elem(map.get(), &zero) : 0;
    return error == -ENOENT ? 0 : error;
  }

 private:
  Fd map_;
};

}  // namespace

Attachment attach_struct_ops(const bpf_map* map) {
  LibbpfLink link(bpf_map__attach_struct_ops(map));
  if (!link) return {{}, errno};
  if ((bpf_map__map_flags(map) & BPF_F_LINK) != 0) return {std::move(link)};
  Fd own = Fd::duplicate(bpf_map__fd(map));
  if (!own) return {{}, errno};  // libbpf's link undoes what it did
  bpf_link__disconnect(link.get());
  return Attachment::of<RegisteredMap>(std::move(own));
}

}  // namespace ebpf
