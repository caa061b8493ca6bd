#pragma once

#include "attach/attach.h"

namespace ebpf {

/**
 * Registers a struct_ops map with what uses it: by a link where its section is `.struct_ops.link`, else until its value is
 * deleted. libbpf's link of the second kind borrows the object's descriptor, which may be another file's by then, so
 * that one is not kept.
 */
Attachment attach_struct_ops(const bpf_map* map);

}  // namespace ebpf
