#include <algorithm>

#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

// From libbpf_internal.h: the offset of a function in a file, or a negative errno.
extern "C" long elf_find_func_offset_from_file(const char* binary_path, const char* name);

namespace ebpf {
namespace {

/**
 * Finds the offsets of functions in the file. Returns 0 or a negative errno, with the first missing function as the
 * target. libbpf can do this itself, but not in a stripped file (elf_resolve_syms_offsets, elf.c: a missing .symtab
 * counts as a failure even if .dynsym had them all).
 */
int resolve(const std::string& path, const std::vector<std::string>& symbols, std::vector<unsigned long>& offsets,
            std::string& target) {
  for (const auto& symbol : symbols) {
    const long offset = elf_find_func_offset_from_file(path.c_str(), symbol.c_str());
    if (offset < 0) {
      target = "uprobe.multi " + path + ":" + symbol;
      return static_cast<int>(offset);
    }
    offsets.push_back(static_cast<unsigned long>(offset));
  }
  return 0;
}

}  // namespace

// struct bpf_link *bpf_program__attach_uprobe_multi(const struct bpf_program *prog, pid_t pid,
//                                                   const char *binary_path, const char *func_pattern,
//                                                   const struct bpf_uprobe_multi_opts *opts)
Attachment attach_uprobe_multi(AttachRequest& request) {
  const auto path = to_text(request.options.Get("path"), "path");
  const auto pattern = option(request.options, "pattern", to_text);
  const auto symbols = list_option(request.options, "symbols", to_text);
  const auto offsets = list_option(request.options, "offsets", to_uint64);
  const auto ref_ctr_offsets = list_option(request.options, "refCtrOffsets", to_uint64);
  const auto cookies = list_option(request.options, "cookies", to_cookie);
  const auto pid = option(request.options, "pid", to_int32).value_or(-1);
  const size_t count = std::max(symbols.size(), offsets.size());
  require_as_many(request.env, "refCtrOffsets", ref_ctr_offsets.size(), count);
  require_as_many(request.env, "cookies", cookies.size(), count);

  if (!symbols.empty() && !offsets.empty()) {
    throw Napi::TypeError::New(request.env, "give either symbols or offsets, not both");
  }
  std::vector<unsigned long> starts(offsets.begin(), offsets.end());
  const std::vector<unsigned long> counters(ref_ctr_offsets.begin(), ref_ctr_offsets.end());
  const std::vector<__u64> values(cookies.begin(), cookies.end());
  bpf_uprobe_multi_opts uprobes;
  init_opts(uprobes);
  uprobes.ref_ctr_offsets = ref_ctr_offsets.empty() ? nullptr : counters.data();
  uprobes.cookies = cookies.empty() ? nullptr : values.data();
  uprobes.cnt = count;
  uprobes.retprobe = option(request.options, "retprobe", to_boolean).value_or(false);
  uprobes.session = option(request.options, "session", to_boolean).value_or(false);
  const auto kind = uprobes.session ? "uprobe.session " : uprobes.retprobe ? "uretprobe.multi " : "uprobe.multi ";
  request.target = kind + path + ":" + pattern.value_or(std::to_string(count) + " functions");
  bpf_program* program = request.program();
  if (const int error = resolve(path, symbols, starts, request.target)) return {{}, -error};
  uprobes.offsets = starts.empty() ? nullptr : starts.data();
  return Attachment::of(
      bpf_program__attach_uprobe_multi(program, pid, path.c_str(), pattern ? pattern->c_str() : nullptr, &uprobes));
}

}  // namespace ebpf
