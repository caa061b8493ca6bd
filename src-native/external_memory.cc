#include "external_memory.h"

#include <cerrno>
#include <utility>

#include "errors.h"

namespace ebpf {
namespace {

[[noreturn]] void raise_forbidden(Napi::Env env, const std::string& operation) {
  raise(env,
        {ENOTSUP,
         operation,
         {},
         operation + ": this JavaScript engine allows no ArrayBuffer of memory that is not its own (V8 with a sandbox, "
                     "as in Electron). Read this in a Node.js process"});
}

/** Empty where V8 forbids it. The finalizer is called unless it is. */
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

/** What an ArrayBuffer that was handed out needs until nobody holds its memory. */
struct Loan {
  std::shared_ptr<MappedPages> pages;
  napi_env env;
  /** Weak: to the ArrayBuffer as it was made. */
  napi_ref buffer = nullptr;
  /** The environment ends, and another one may hold the memory. */
  bool outlives = false;

  /**
   * Before Node.js detaches the ArrayBuffers of an environment that ends, and finalizes them. One that is detached already was
   * moved, and maybe to another thread, from where nobody tells us that it is collected: its pages then stay mapped.
   */
  static void on_teardown(void* self) {
    auto& loan = *static_cast<Loan*>(self);
    const Napi::HandleScope scope(loan.env);
    napi_value buffer = nullptr;
    bool detached = true;
    const bool alive = napi_get_reference_value(loan.env, loan.buffer, &buffer) == napi_ok && buffer != nullptr;
    if (alive) napi_is_detached_arraybuffer(loan.env, buffer, &detached);
    loan.outlives = detached;
  }

  static void finalize(napi_env env, void*, void* self) {
    auto* loan = static_cast<Loan*>(self);
    napi_remove_env_cleanup_hook(env, on_teardown, self);
    napi_delete_reference(env, loan->buffer);
    if (!loan->outlives) delete loan;
  }
};

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
  auto loan = std::make_unique<Loan>(Loan{std::move(pages), env});
  const Napi::Value buffer = create(env, loan->pages->data(), loan->pages->size(), Loan::finalize, loan.get());
  if (buffer.IsEmpty()) raise_forbidden(env, operation);
  loan->pages->lend();
  Loan* const owned = loan.release();  // by the finalizer
  NAPI_THROW_IF_FAILED(env, napi_create_reference(env, buffer, 0, &owned->buffer), {});
  // Hooks run from the last to the first: this one before that of Node.js for the ArrayBuffer above.
  NAPI_THROW_IF_FAILED(env, napi_add_env_cleanup_hook(env, Loan::on_teardown, owned), {});
  return buffer.As<Napi::ArrayBuffer>();
}

}  // namespace ebpf
