#pragma once

#include <napi.h>

#include <string>

#include "fd.h"

namespace ebpf {

/** Pins at a path on a bpffs, whose last directory is made where it is missing, as by libbpf. Raises on failure. */
void pin_fd(Napi::Env env, int fd, const std::string& path, const std::string& operation);

/** A descriptor of what is pinned there; raises on failure. */
Fd open_pin(Napi::Env env, const std::string& path, const std::string& operation);

}  // namespace ebpf
