#pragma once

#include <bpf/bpf.h>
#include <napi.h>

#include <vector>

namespace ebpf {

/** One BPF_PROG_TEST_RUN with buffers of its own. */
class TestRun {
 public:
  explicit TestRun(Napi::Object options);

  /** 0 or a negative errno. */
  int execute(int program);
  Napi::Object result(Napi::Env env) const;

 private:
  std::vector<uint8_t> data_;
  std::vector<uint8_t> context_;
  std::vector<uint8_t> data_out_;
  std::vector<uint8_t> context_out_;
  bpf_test_run_opts options_{};
};

}  // namespace ebpf
