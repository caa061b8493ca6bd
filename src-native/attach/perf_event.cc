#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "attach/attach.h"
#include "internal/arguments.h"
#include "internal/opts.h"

namespace ebpf {
namespace {

struct Event {
  perf_event_attr attributes{};
  pid_t pid;
  int cpu;

  explicit Event(Napi::Object options) {
    attributes.size = sizeof attributes;
    attributes.type = to_uint32(options.Get("type"), "type");
    attributes.config = to_cookie(options.Get("config"), "config");
    const auto frequency = option(options, "frequency", to_uint64);
    attributes.freq = frequency.has_value();
    attributes.sample_period = frequency ? *frequency : option(options, "period", to_uint64).value_or(0);
    attributes.exclude_user = option(options, "excludeUser", to_boolean).value_or(false);
    attributes.exclude_kernel = option(options, "excludeKernel", to_boolean).value_or(false);
    pid = option(options, "pid", to_int32).value_or(-1);
    cpu = option(options, "cpu", to_int32).value_or(-1);
  }

  // int syscall(SYS_perf_event_open, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
  //             unsigned long flags)
  Fd open() {
    return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attributes, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
  }
};

}  // namespace

// struct bpf_link *bpf_program__attach_perf_event_opts(const struct bpf_program *prog, int pfd,
//                                                      const struct bpf_perf_event_opts *opts)
Attachment attach_perf_event(AttachRequest& request) {
  const auto given = option(request.options, "fd", to_fd);
  std::optional<Event> event;
  if (!given) event.emplace(request.options);
  bpf_perf_event_opts perf_event;
  init_opts(perf_event);
  perf_event.bpf_cookie = option(request.options, "cookie", to_cookie).value_or(0);
  request.target = "perf event";
  bpf_program* program = request.program();
  Fd fd = event ? event->open() : Fd::duplicate(*given);
  if (!fd) return {{}, errno};
  Attachment attachment = Attachment::of(bpf_program__attach_perf_event_opts(program, fd.get(), &perf_event));
  // The link closes it.
  if (attachment.error == 0) fd.release();
  return attachment;
}

}  // namespace ebpf
