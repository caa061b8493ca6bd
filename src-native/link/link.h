#pragma once

#include <bpf/libbpf.h>

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "attach/legacy_attach.h"
#include "internal/fd.h"
#include "internal/handle.h"

namespace ebpf {

struct LinkDestroyer {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }

  /** What the link points into, so it is closed after the link; usually nothing. */
  std::shared_ptr<bpf_object> object = {};
};

using LibbpfLink = std::unique_ptr<bpf_link, LinkDestroyer>;
using LegacyProgram = std::unique_ptr<LegacyAttach, LegacyDetacher>;

/** A link of libbpf, a kernel link by its descriptor, or a program without a link; monostate when closed. */
using Attached = std::variant<std::monostate, LibbpfLink, Fd, LegacyProgram>;

/** NativeLink of lib/internal/binding.ts. */
class Link : public Handle<Link> {
 public:
  static constexpr const char* class_name = "Link";
  static constexpr napi_type_tag type_tag{0x615046adf26d05bd, 0x7b97c06b5bbba722};
  struct Parts {
    Attached attached;
    /** For messages: `flow_ingress to tcx`. */
    std::string name;
    /** Where the link is pinned; empty if it is not, or not by this handle. */
    std::string pin_path = {};
    /** Whether it is a struct_ops map's link: libbpf then returns more than a bpf_link. */
    bool of_struct_ops = false;
  };

  static Napi::Function define(Napi::Env env);
  explicit Link(const Napi::CallbackInfo& info);
  ~Link() override { let_go(); }

  // struct bpf_link *bpf_link__open(const char *path)
  // int bpf_link_get_fd_by_id(__u32 id)
  // openLink(source: { path: string } | { id: number }): { link: NativeLink; type: string; program: string }
  static Napi::Value open(const Napi::CallbackInfo& info);

  /** The descriptor, or -1 if it is not a kernel link; raises EBADF if it is closed. */
  int open_fd(Napi::Env env) const;
  /**
   * Hands over what is attached, for work on another thread; the handle is then closed. If pinned, it stays attached.
   */
  Attached take();
  /** Takes back what that work could not detach. */
  void give_back(Attached attached) { parts_.attached = std::move(attached); }
  /** A function that checks, on any thread, whether it is still attached; empty if that cannot be known. */
  std::function<bool()> looker() const;
  /** `pin the link of flow_ingress to tcx` */
  std::string operation(const char* verb) const { return std::string(verb) + " the link of " + parts_.name; }
  /** Null unless it is a struct_ops map's link; raises EBADF if it is closed. */
  bpf_link* struct_ops_link(Napi::Env env) const;

 private:
  // int bpf_link__fd(const struct bpf_link *link)
  // fd: number
  Napi::Value fd(const Napi::CallbackInfo& info);

  // const char *bpf_link__pin_path(const struct bpf_link *link)
  // pinPath: string | undefined
  Napi::Value pin_path(const Napi::CallbackInfo& info);

  // int bpf_link__update_program(struct bpf_link *link, struct bpf_program *prog)
  // int bpf_link_update(int link_fd, int new_prog_fd, const struct bpf_link_update_opts *opts)
  // update(program: number, expected: number | undefined): void
  void update(const Napi::CallbackInfo& info);

  // int bpf_link__detach(struct bpf_link *link)
  // detach(): void
  void detach(const Napi::CallbackInfo& info);

  // void bpf_link__disconnect(struct bpf_link *link)
  // disconnect(): void
  void disconnect(const Napi::CallbackInfo& info);

  // int bpf_link__pin(struct bpf_link *link, const char *path)
  // pin(path: string): void
  void pin(const Napi::CallbackInfo& info);

  // int bpf_link__unpin(struct bpf_link *link)
  // unpin(): void
  void unpin(const Napi::CallbackInfo& info);

  // int bpf_link__destroy(struct bpf_link *link)
  // int bpf_tc_detach(const struct bpf_tc_hook *hook, const struct bpf_tc_opts *opts)
  // close(): void
  void close(const Napi::CallbackInfo& info);

  /** The descriptor; raises ENOTSUP if there is no link. */
  int link_fd(Napi::Env env, const char* verb) const;
  /** Closes without an error; what is pinned stays attached. */
  void let_go();
  /** Detaches a program without a link, and raises if that fails. */
  void require_detached(Napi::Env env, const char* verb);

  Parts parts_;
};

}  // namespace ebpf
