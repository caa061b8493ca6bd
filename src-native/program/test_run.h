#pragma once

#include <bpf/bpf.h>
#include <napi.h>

#include <string>
#include <vector>

namespace ebpf {

/** One BPF_PROG_TEST_RUN with its own buffers. */
class TestRun {
 public:
  explicit TestRun(Napi::Object options);

  // int bpf_prog_test_run_opts(int prog_fd, struct bpf_test_run_opts *opts)
  /** Runs it and returns NativeRunResult. */
  Napi::Object run(Napi::Env env, int program, const std::string& operation);

 private:
  int execute(int program);
  Napi::Object result(Napi::Env env) const;

  std::vector<uint8_t> data_;
  std::vector<uint8_t> context_;
  std::vector<uint8_t> data_out_;
  std::vector<uint8_t> context_out_;
  bpf_test_run_opts options_;
};

}  // namespace ebpf
