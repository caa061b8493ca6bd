#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "maps/mapped_pages.h"

namespace ebpf {

/**
 * An ArrayBuffer of memory that is not V8's. Node.js lets go of `keep` once no ArrayBuffer has that memory any more, in
 * whatever thread, or when this environment ends: for memory that does not leave it. Raises ENOTSUP where V8 has a sandbox,
 * as in Electron, and forbids such memory; `operation` is for messages.
 */
Napi::ArrayBuffer external_memory(Napi::Env env, void* data, size_t size, std::shared_ptr<void> keep,
                                  const std::string& operation);

/** The same where memory of our own will do instead: an empty value where V8 forbids it. */
Napi::Value external_memory_if_allowed(Napi::Env env, void* data, size_t size, std::shared_ptr<void> keep);

/**
 * An ArrayBuffer for users, who may move it to another thread. The pages stay mapped as long as anything holds them, and
 * until the process ends where this environment ends before.
 */
Napi::ArrayBuffer lend_pages(Napi::Env env, std::shared_ptr<MappedPages> pages, const std::string& operation);

}  // namespace ebpf
