#include <cerrno>
#include <cstring>
#include <set>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/opts.h"
#include "object/file.h"
#include "object/object.h"

namespace ebpf {
namespace {

/**
 * The name of a section of variables that the object has twice, or nothing. A compiler makes two sections of the same
 * name if some of the variables are const and others not. BTF lists both as one, so an offset does not tell which of
 * them a variable is in.
 */
std::string section_twice(const bpf_object* object) {
  std::set<std::string> names;
  const bpf_map* map;
  bpf_object__for_each_map(map, object) {
    const std::string name = bpf_map__name(map);
    if (bpf_map__is_internal(map) && !names.insert(name).second)
      return name.substr(name.front() == '.' ? 0 : name.rfind('.'));
  }
  return {};
}

}  // namespace

Napi::Value Object::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto options = to_object(info[1], "options");
  auto name = option(options, "name", to_text);
  const auto kernel_btf = option(options, "kernelBtf", to_text);
  const auto pin_root = option(options, "pinRoot", to_text);
  const auto kconfig = option(options, "kconfig", to_text);
  const auto token_path = option(options, "tokenPath", to_text);
  const auto on_log = option(options, "onLog", to_function);
  bpf_object_open_opts open_options;
  init_opts(open_options);
  open_options.object_name = name ? name->c_str() : nullptr;
  open_options.btf_custom_path = kernel_btf ? kernel_btf->c_str() : nullptr;
  open_options.pin_root_path = pin_root ? pin_root->c_str() : nullptr;
  open_options.kconfig = kconfig ? kconfig->c_str() : nullptr;
  open_options.bpf_token_path = token_path ? token_path->c_str() : nullptr;
  open_options.relaxed_maps = option(options, "relaxedMaps", to_boolean).value_or(false);
  open_options.kernel_log_level = option(options, "logLevel", to_uint32).value_or(0);

  std::string log;
  std::vector<LogMessage> messages;
  auto* listener = on_log ? &messages : nullptr;
  std::string shown;
  std::shared_ptr<bpf_object> opened;
  int error;
  ObjectFile file;
  if (info[0].IsString()) {
    shown = to_text(info[0], "source");
    std::string why;
    error = read_object_file(shown, file, why);
    if (error != 0) {
      // In libbpf's format, so that its listeners see every failure.
      log = "failed to open " + shown + ": " + (why.empty() ? strerror(error) : why) + "\n";
      if (on_log) on_log->Call({Napi::String::New(env, "warn"), Napi::String::New(env, log)});
      raise(env, {error, "open " + shown, why.empty() ? why : "open " + shown + ": " + why, log});
    }
    if (!name) name = object_name_of(shown);
    open_options.object_name = name->c_str();
  } else {
    // A copy: aligned as libelf expects, and nobody else can change it meanwhile.
    const Bytes source = to_bytes(info[0], "source, unless a path,");
    file.words.resize(source.size / 8 + 1);
    file.size = source.size;
    if (source.size > 0) memcpy(file.words.data(), source.data, source.size);
    shown = name.value_or("a buffer");
  }
  {
    LogScope scope(log, listener);
    bpf_object* const object = bpf_object__open_mem(file.words.data(), file.size, &open_options);
    error = errno;
    if (object != nullptr) opened.reset(object, ObjectCloser());
  }
  if (!opened) {
    // libbpf reports every libelf failure as LIBELF, also ELF_E_NOMEM (elf_errmsg).
    if (error == LIBBPF_ERRNO__LIBELF && log.find(": out of memory") != std::string::npos) error = ENOMEM;
    for (const auto& message : messages)
      on_log->Call({Napi::String::New(env, message.level), Napi::String::New(env, message.text)});
    raise(env, {error, "open " + shown, {}, log});
  }
  auto state = std::make_shared<ObjectState>(shown, opened);
  const auto twice = section_twice(opened.get());
  if (!twice.empty()) {
    raise(env, {EINVAL, "open " + shown,
                "open " + shown + ": the object has two sections " + twice +
                    ", whose variables cannot be told apart: make all of them const or none, or give some a section of "
                    "their own, SEC(\"" +
                    twice + ".NAME\")",
                log});
  }
  if (on_log) state->on_log = Napi::Persistent(*on_log);
  state->messages = std::move(messages);
  state->report(env);
  return Addon::of(env).create<Object>(std::move(state));
}

}  // namespace ebpf
