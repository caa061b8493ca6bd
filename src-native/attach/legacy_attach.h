#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>

#include "internal/fd.h"
#include "internal/moved.h"

namespace ebpf {

/** A program that is attached without a kernel link (`link: false`, clsact, sockets): detaching it takes a call of its own. */
class LegacyAttach {
 public:
  virtual ~LegacyAttach() = default;

  /**
   * Detaches the program if it is still ours. Returns 0 or a negative errno, after which it can be tried again. Without
   * this call the program stays attached.
   */
  virtual int detach() = 0;

  /** `detach`, but running out of memory is also an errno: ENOMEM. */
  int detach_or_errno() noexcept;

  /** Why `detach` failed, if the errno alone does not explain it; otherwise empty. */
  virtual std::string why(int) const { return {}; }

  /** A function that checks, on any thread, whether the program is still attached; empty if that cannot be known. */
  virtual std::function<bool()> looker() const { return {}; }

 protected:
  /** The id of a descriptor's program; 0 if it cannot be read. */
  static uint32_t id_of(int program);
};

struct LegacyDetacher {
  void operator()(LegacyAttach* program) const {
    if (program->detach_or_errno() == -ENOMEM) program->detach_or_errno();
    delete program;
  }
};

/** A program attached by BPF_PROG_ATTACH. */
class AttachedProgram : public LegacyAttach {
 public:
  struct Hook {
    /** Set if the target is an interface. */
    std::unique_ptr<InterfaceTrack> track;
    /** Owned; set if the target is a descriptor. */
    Fd target;
    bpf_attach_type type;
  };

  /**
   * Takes a descriptor of its own in `program`: an id alone would not keep the kernel from giving it to another
   * program.
   */
  AttachedProgram(Fd program, Hook hook) : program_(std::move(program)), hook_(std::move(hook)) {}

  int detach() override;
  std::string why(int error) const override;

 private:
  Fd program_;
  Hook hook_;
};

}  // namespace ebpf
