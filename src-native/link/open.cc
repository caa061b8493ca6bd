#include <bpf/bpf.h>

#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/pin.h"
#include "link/link.h"

namespace ebpf {
namespace {

/** The name of the program with that id; empty if there is none, as for a detached link. */
std::string program_name(uint32_t id) {
  const Fd program(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  uint32_t length = sizeof info;
  if (!program || bpf_prog_get_info_by_fd(program.get(), &info, &length) != 0) return {};
  return info.name;
}

}  // namespace

Napi::Value Link::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto source = to_object(info[0], "source");
  const auto path = option(source, "path", to_text);
  const auto id = option(source, "id", to_uint32);
  if (path.has_value() == id.has_value()) {
    throw Napi::TypeError::New(env, "give either the path or the id of the link");
  }
  const std::string operation = path ? "open the link at " + *path : "open the link " + std::to_string(*id);
  Fd fd = path ? open_pin(env, *path, KernelObject::link, operation) : Fd(bpf_link_get_fd_by_id(*id));
  if (!fd) raise(env, {errno, operation});
  bpf_link_info link{};
  uint32_t length = sizeof link;
  check(env, bpf_link_get_info_by_fd(fd.get(), &link, &length), operation);
  const char* type = libbpf_bpf_link_type_str(static_cast<bpf_link_type>(link.type));
  const std::string kind = type ? type : "type " + std::to_string(link.type);
  const std::string program = program_name(link.prog_id);
  auto opened = Napi::Object::New(env);
  opened["link"] = Addon::of(env).create<Link>({std::move(fd), program + " to " + kind, path ? *path : std::string()});
  opened["type"] = kind;
  opened["program"] = program;
  return opened;
}

}  // namespace ebpf
