#pragma once

#include <napi.h>

#include <string>

#include "internal/fd.h"
#include "kernel/kernel_object.h"

namespace ebpf {

/** Pins at a path on a bpffs; like libbpf, makes the last directory if it is missing. Raises on failure. */
void pin_fd(Napi::Env env, int fd, const std::string& path, const std::string& operation);

// int bpf_obj_get_opts(const char *pathname, const struct bpf_obj_get_opts *opts)
/**
 * A descriptor of what is pinned there, which must be of that kind; raises on failure. `flags`: BPF_F_RDONLY,
 * BPF_F_WRONLY.
 */
Fd open_pin(Napi::Env env, const std::string& path, KernelObject kind, const std::string& operation,
            uint32_t flags = 0);

}  // namespace ebpf
