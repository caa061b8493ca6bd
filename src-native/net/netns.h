#pragma once

#include <napi.h>

#include <functional>

#include "internal/fd.h"

namespace ebpf {

/** The namespace that `options.netns` names, by file or by name; empty, for the process's own, when it names none. */
Fd open_netns(Napi::Object options);

/** As `open_netns`, but of the thread's own where `options` names none. */
Fd open_netns_or_own(Napi::Object options);

/**
 * Makes the call inside the namespace, on a thread that ends with it: a thread of the pool or the main one would have
 * to be brought back. Returns what the call returns, or the negative errno of not getting there.
 */
int in_netns(const Fd& netns, const std::function<int()>& call);

}  // namespace ebpf
