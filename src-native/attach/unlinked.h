#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>

#include "internal/fd.h"
#include "internal/moved.h"

namespace ebpf {

/** A program that is attached without a link of the kernel: it is detached by a call of its own. */
class Unlinked {
 public:
  virtual ~Unlinked() = default;

  /**
   * Detaches it where it is still ours; 0 or a negative errno, after which it can be tried again. Without this call it stays attached.
   */
  virtual int detach() = 0;

  /** `detach`, which may also be out of memory: ENOMEM. */
  int detach_or_errno() noexcept;

  /** Why `detach` failed, where the errno alone would not explain it; else empty. */
  virtual std::string why(int) const { return {}; }

  /** What looks, on any thread, whether it is still attached; empty where nobody can say. */
  virtual std::function<bool()> looker() const { return {}; }

 protected:
  /** The id of the program of a descriptor; 0 where nobody can say. */
  static uint32_t id_of(int program);
};

struct UnlinkedDetacher {
  void operator()(Unlinked* program) const {
    if (program->detach_or_errno() == -ENOMEM) program->detach_or_errno();
    delete program;
  }
};

/** The program of BPF_PROG_ATTACH. */
class AttachedProgram : public Unlinked {
 public:
  struct Hook {
    /** Where an interface is meant. */
    std::unique_ptr<InterfaceTrack> track;
    /** Owned, where a descriptor is meant. */
    Fd target;
    bpf_attach_type type;
  };

  /** Takes `program`, a descriptor of its own: an id would not keep another program from getting it. */
  AttachedProgram(Fd program, Hook hook) : program_(std::move(program)), hook_(std::move(hook)) {}

  int detach() override;
  std::string why(int error) const override;

 private:
  Fd program_;
  Hook hook_;
};

}  // namespace ebpf
