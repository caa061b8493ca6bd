#pragma once

#include "attach/attach.h"

namespace ebpf {

/**
 * Registers a struct_ops map with its user: by a link if its section is `.struct_ops.link`, otherwise until its value
 * is deleted. In the second case libbpf's link borrows the object's descriptor, whose number may belong to another file
 * later, so that link is not kept.
 */
Attachment attach_struct_ops(const bpf_map* map);

}  // namespace ebpf
