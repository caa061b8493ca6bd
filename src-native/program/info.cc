#include "program/info.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <vector>

#include "internal/arguments.h"
#include "internal/errors.h"

namespace ebpf {
namespace {

std::string hexadecimal(const __u8 (&bytes)[BPF_TAG_SIZE]) {
  std::string text;
  for (const uint8_t byte : bytes) {
    for (const uint8_t nibble : {byte >> 4, byte & 15}) text += "0123456789abcdef"[nibble];
  }
  return text;
}

}  // namespace

Napi::Object program_info(Napi::Env env, int fd, const std::string& operation, bool instructions) {
  bpf_prog_info sizes{};
  uint32_t length = sizeof sizes;
  check(env, bpf_prog_get_info_by_fd(fd, &sizes, &length), operation);
  std::vector<uint32_t> ids(sizes.nr_map_ids);
  std::vector<uint8_t> xlated(instructions ? sizes.xlated_prog_len : 0);
  std::vector<uint8_t> jited(instructions ? sizes.jited_prog_len : 0);
  bpf_prog_info program{};
  program.nr_map_ids = sizes.nr_map_ids;
  program.map_ids = reinterpret_cast<uintptr_t>(ids.data());
  program.xlated_prog_len = static_cast<uint32_t>(xlated.size());
  program.xlated_prog_insns = reinterpret_cast<uintptr_t>(xlated.data());
  program.jited_prog_len = static_cast<uint32_t>(jited.size());
  program.jited_prog_insns = reinterpret_cast<uintptr_t>(jited.data());
  length = sizeof program;
  check(env, bpf_prog_get_info_by_fd(fd, &program, &length), operation);

  auto map_ids = Napi::Array::New(env);
  for (uint32_t i = 0; i < std::min<size_t>(ids.size(), program.nr_map_ids); i++) map_ids[i] = ids[i];
  auto description = Napi::Object::New(env);
  const auto big = [env](uint64_t value) { return Napi::BigInt::New(env, value); };
  description["id"] = program.id;
  description["type"] = program.type;
  description["name"] = program.name;
  description["tag"] = hexadecimal(program.tag);
  description["loadTime"] = big(program.load_time);
  description["uid"] = program.created_by_uid;
  description["gplCompatible"] = Napi::Boolean::New(env, program.gpl_compatible);
  description["mapIds"] = map_ids;
  description["btfId"] = program.btf_id;
  description["attachBtfObjectId"] = program.attach_btf_obj_id;
  description["attachBtfTypeId"] = program.attach_btf_id;
  description["ifindex"] = program.ifindex;
  description["xlatedSize"] = program.xlated_prog_len;
  description["jitedSize"] = program.jited_prog_len;
  description["verifiedInstructions"] = program.verified_insns;
  description["runTime"] = big(program.run_time_ns);
  description["runCount"] = big(program.run_cnt);
  description["recursionMisses"] = big(program.recursion_misses);
  if (instructions) {
    // If the kernel does not show them (kernel.kptr_restrict and the like), the pointers come back as 0.
    const auto dump = [&](const std::vector<uint8_t>& bytes, uint64_t shown, uint32_t size) {
      return copy_bytes(env, bytes.data(), shown == 0 ? 0 : std::min<size_t>(bytes.size(), size));
    };
    description["xlated"] = dump(xlated, program.xlated_prog_insns, program.xlated_prog_len);
    description["jited"] = dump(jited, program.jited_prog_insns, program.jited_prog_len);
  }
  return description;
}

}  // namespace ebpf
