#include "program/test_run.h"

#include <algorithm>
#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/opts.h"
#include "kernel/kernel_object.h"

namespace ebpf {
namespace {

// A program may make a packet longer, for example by tunnel headers.
constexpr size_t growth = 256;
// Longer than any packet; more room would only take memory.
constexpr size_t most_room = 16 << 20;
// More than struct __sk_buff has, or any other context.
constexpr size_t most_context = 512;

// From include/linux/errno.h: what the kernel returns for types that it cannot run.
constexpr int enotsupp = 524;

std::vector<uint8_t> to_vector(Napi::Value value, const char* name) {
  const Bytes bytes = to_bytes(value, name);
  return {bytes.data, bytes.data + bytes.size};
}

uint8_t* or_null(std::vector<uint8_t>& bytes) {
  return bytes.empty() ? nullptr : bytes.data();
}

}  // namespace

TestRun::TestRun(Napi::Object options) {
  const auto data = option(options, "data", to_vector);
  data_ = data.value_or(std::vector<uint8_t>());
  context_ = option(options, "context", to_vector).value_or(std::vector<uint8_t>());
  init_opts(options_);
  options_.repeat = static_cast<int>(option(options, "repeat", to_uint32).value_or(0));
  options_.flags = option(options, "flags", to_uint32).value_or(0);
  options_.batch_size = option(options, "batchSize", to_uint32).value_or(0);
  if (option(options, "liveFrames", to_boolean).value_or(false)) options_.flags |= BPF_F_TEST_XDP_LIVE_FRAMES;
  if (const auto cpu = option(options, "cpu", to_uint32)) {
    options_.flags |= BPF_F_TEST_RUN_ON_CPU;
    options_.cpu = *cpu;
  }
  // Frames that were sent on cannot be copied back.
  if ((options_.flags & BPF_F_TEST_XDP_LIVE_FRAMES) != 0) return;
  const size_t room = option(options, "dataOutSize", to_uint32).value_or(data ? data_.size() + growth : 0);
  data_out_.resize(std::min(room, most_room));
  // Programs that take a packet return their context separately; the others refuse that, and change it in place if at
  // all. The kernel accepts a short context, filling the rest with 0, and returns a whole one.
  if (data && !context_.empty()) context_out_.resize(std::max(context_.size(), most_context));
}

Napi::Object TestRun::run(Napi::Env env, int program, const std::string& operation) {
  const int error = execute(program);
  if (error == -enotsupp)
    raise(env, {enotsupp, operation, operation + ": the kernel cannot run programs of this type"});
  if (error == -ENOSPC) {
    raise(env, {ENOSPC, operation,
                operation + ": it returns " + std::to_string(options_.data_size_out) +
                    " bytes, and dataOutSize is only " + std::to_string(data_out_.size())});
  }
  // The kernel also returns these for a descriptor of something else.
  if (error == -EINVAL || error == -EBADF) require_kind(env, program, KernelObject::program, operation);
  check(env, error, operation);
  return result(env);
}

int TestRun::execute(int program) {
  options_.data_in = or_null(data_);
  options_.data_size_in = static_cast<uint32_t>(data_.size());
  options_.data_out = or_null(data_out_);
  options_.data_size_out = static_cast<uint32_t>(data_out_.size());
  options_.ctx_in = or_null(context_);
  options_.ctx_size_in = static_cast<uint32_t>(context_.size());
  options_.ctx_out = or_null(context_out_);
  options_.ctx_size_out = static_cast<uint32_t>(context_out_.size());
  return bpf_prog_test_run_opts(program, &options_);
}

Napi::Object TestRun::result(Napi::Env env) const {
  const auto& context = context_out_.empty() ? context_ : context_out_;
  const size_t context_size = context_out_.empty() ? context_.size() : options_.ctx_size_out;
  auto result = Napi::Object::New(env);
  result["returnValue"] = options_.retval;
  result["duration"] = options_.duration;
  result["data"] = copy_bytes(env, data_out_.data(), std::min<size_t>(options_.data_size_out, data_out_.size()));
  result["context"] = copy_bytes(env, context.data(), std::min(context_size, context.size()));
  return result;
}

}  // namespace ebpf
