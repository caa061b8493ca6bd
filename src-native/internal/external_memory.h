#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "maps/mapped_pages.h"

namespace ebpf {

/**
 * An ArrayBuffer of memory that is not V8's. Node.js releases `keep` when no ArrayBuffer has that memory any more, on
 * any thread, or when this environment ends: use it only for memory that does not leave the environment. Raises ENOTSUP
 * if V8 has a sandbox, as in Electron, which forbids such memory. `operation` is for messages.
 */
Napi::ArrayBuffer external_memory(Napi::Env env, void* data, size_t size, std::shared_ptr<void> keep,
                                  const std::string& operation);

/** The same, for callers that can use memory of our own instead: returns an empty value if V8 forbids it. */
Napi::Value external_memory_if_allowed(Napi::Env env, void* data, size_t size, std::shared_ptr<void> keep);

/**
 * An ArrayBuffer for users, who may move it to another thread. The pages stay mapped as long as anything holds them. If
 * this environment ends before that, they stay mapped until the process ends.
 */
Napi::ArrayBuffer lend_pages(Napi::Env env, std::shared_ptr<MappedPages> pages, const std::string& operation);

}  // namespace ebpf
