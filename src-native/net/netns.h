#pragma once

#include <napi.h>

#include <functional>

#include "internal/fd.h"

namespace ebpf {

/** The namespace that `options.netns` names, by path or by name; empty if it names none, for the process's own. */
Fd open_netns(Napi::Object options);

/** As `open_netns`, but the thread's own namespace if `options` names none. */
Fd open_netns_or_own(Napi::Object options);

/**
 * Makes the call inside the namespace, on a thread that ends afterwards: the main thread, or one of the pool, would
 * have to switch back. Returns what the call returns, or a negative errno if the namespace could not be entered.
 */
int in_netns(const Fd& netns, const std::function<int()>& call);

}  // namespace ebpf
