#include "internal/external_memory.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "internal/errors.h"

namespace ebpf {
namespace {

[[noreturn]] void raise_forbidden(Napi::Env env, const std::string& operation) {
  raise(env,
        {ENOTSUP, operation,
         operation + ": this JavaScript engine allows no ArrayBuffer of memory that is not its own (V8 with a sandbox, "
                     "as in Electron). Read this in a Node.js process"});
}

/** Empty if V8 forbids it. Otherwise the finalizer will be called. */
Napi::Value create(Napi::Env env, void* data, size_t size, napi_finalize finalize, void* hint) {
  napi_value buffer;
  const napi_status status = napi_create_external_arraybuffer(env, data, size, finalize, hint, &buffer);
  if (status == napi_no_external_buffers_allowed) return {};
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  return {env, buffer};
}

void let_go(napi_env, void*, void* keep) {
  delete static_cast<std::shared_ptr<void>*>(keep);
}

/** False while the environment ends. */
bool may_run_javascript(napi_env env) {
  const Napi::HandleScope scope(env);
  napi_value global;
  bool has;
  return napi_get_global(env, &global) == napi_ok && napi_has_named_property(env, global, "Object", &has) == napi_ok;
}

/**
 * Called when nothing has the memory any more, or when the environment ends: Node.js does not wait for the memory then.
 * In that case, the buffer may have been moved to another thread, which does not report when it is collected, so its
 * pages stay mapped.
 */
void end_loan(napi_env env, void*, void* pages) {
  if (may_run_javascript(env)) delete static_cast<std::shared_ptr<MappedPages>*>(pages);
}

/**
 * Does not touch JavaScript: Deno calls it when nothing has the memory any more, on any thread, even after its engine
 * is gone.
 */
void unmap(napi_env, void*, void* pages) {
  delete static_cast<std::shared_ptr<MappedPages>*>(pages);
}

bool is_deno(napi_env env) {
  const napi_node_version* version;
  return napi_get_node_version(env, &version) == napi_ok && strcmp(version->release, "Deno") == 0;
}

}  // namespace

Napi::Value external_memory_if_allowed(Napi::Env env, void* data, size_t size, std::shared_ptr<void> keep) {
  auto* held = new std::shared_ptr<void>(std::move(keep));
  const Napi::Value buffer = create(env, data, size, let_go, held);
  if (buffer.IsEmpty()) delete held;
  return buffer;
}

Napi::ArrayBuffer external_memory(Napi::Env env, void* data, size_t size, std::shared_ptr<void> keep,
                                  const std::string& operation) {
  const Napi::Value buffer = external_memory_if_allowed(env, data, size, std::move(keep));
  if (buffer.IsEmpty()) raise_forbidden(env, operation);
  return buffer.As<Napi::ArrayBuffer>();
}

Napi::ArrayBuffer lend_pages(Napi::Env env, std::shared_ptr<MappedPages> pages, const std::string& operation) {
  pages->lend();
  void* const data = pages->data();
  const size_t size = pages->size();
  auto* held = new std::shared_ptr<MappedPages>(std::move(pages));
  const Napi::Value buffer = create(env, data, size, is_deno(env) ? unmap : end_loan, held);
  if (!buffer.IsEmpty()) return buffer.As<Napi::ArrayBuffer>();
  delete held;
  raise_forbidden(env, operation);
}

}  // namespace ebpf
