#pragma once

#include <bpf/bpf.h>

#include <memory>

#include "fd.h"

namespace ebpf {

/** A program that is attached without a link of the kernel: it is detached by a call of its own. */
class Unlinked {
 public:
  virtual ~Unlinked() = default;

  /** Detaches it where it is still ours, once; 0 or a negative errno. Without this call it stays attached. */
  virtual int detach() = 0;
};

struct UnlinkedDetacher {
  void operator()(Unlinked* program) const {
    program->detach();
    delete program;
  }
};

/** The program of BPF_PROG_ATTACH. */
class AttachedProgram : public Unlinked {
 public:
  struct Hook {
    /** Where an interface is meant. */
    Fd netns;
    /** Owned, where a descriptor is meant. */
    Fd target;
    uint32_t ifindex;
    bpf_attach_type type;
  };

  /** Takes `program`, a descriptor of its own: an id would not keep another program from getting it. */
  AttachedProgram(Fd program, Hook hook) : program_(std::move(program)), hook_(std::move(hook)) {}

  int detach() override;

 private:
  Fd program_;
  Hook hook_;
};

}  // namespace ebpf
