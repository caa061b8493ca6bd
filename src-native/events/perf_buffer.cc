#include "events/perf_buffer.h"

#include <linux/bpf.h>
#include <linux/perf_event.h>

#include <algorithm>
#include <cerrno>

#include "internal/arguments.h"
#include "internal/errors.h"
#include "internal/log.h"
#include "internal/opts.h"

namespace ebpf {
namespace {

std::vector<int> to_cpus(Napi::Value value) {
  const bool fits = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array;
  if (!fits) throw Napi::TypeError::New(value.Env(), "cpus must be a Uint32Array");
  const auto array = value.As<Napi::Uint32Array>();
  std::vector<int> cpus(array.Data(), array.Data() + array.ElementLength());
  if (cpus.empty()) throw Napi::RangeError::New(value.Env(), "cpus must not be empty");
  return cpus;
}

bpf_perf_event_ret unused(void*, int, perf_event_header*) {
  return LIBBPF_PERF_EVENT_CONT;
}

}  // namespace

Napi::Function PerfBuffer::define(Napi::Env env) {
  return DefineClass(env, class_name,
                     {
                         InstanceMethod<&PerfBuffer::read>("read"),
                         InstanceMethod<&PerfBuffer::empty>("empty"),
                         InstanceMethod<&PerfBuffer::lost>("lost"),
                         InstanceMethod<&PerfBuffer::wait>("wait"),
                         InstanceMethod<&PerfBuffer::cancel>("cancel"),
                         InstanceMethod<&PerfBuffer::close>("close"),
                     });
}

PerfBuffer::PerfBuffer(const Napi::CallbackInfo& info)
    : Handle(info), parts_(Addon::of(info.Env()).take_parts<PerfBuffer>(info.Env())) {}

Napi::Value PerfBuffer::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Map& map = *Map::Unwrap(info[0].As<Napi::Object>());
  const auto options = to_object(info[1], "options");
  const uint32_t pages = to_uint32(options.Get("pages"), "pages");
  auto cpus = to_cpus(options.Get("cpus"));
  const std::string operation = "open perf buffer " + map.name();
  Parts parts{map.name(), {}, Fd::duplicate(map.open_fd(env)), nullptr, {}};
  if (!parts.map) raise(env, {errno, operation});
  if (map.info().type != BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
    raise(env, {EINVAL, operation, "map " + map.name() + " is not a perf event array"});
  }
  parts.claim = MapClaim::take(env, map, operation, "reader", cpus);

  perf_event_attr event{};
  event.size = sizeof event;
  event.type = PERF_TYPE_SOFTWARE;
  event.config = PERF_COUNT_SW_BPF_OUTPUT;
  event.sample_type = PERF_SAMPLE_RAW;
  event.sample_period = 1;
  event.wakeup_events = to_uint32(options.Get("wakeupEvents"), "wakeupEvents");
  perf_buffer_raw_opts opts;
  init_opts(opts);
  opts.cpu_cnt = static_cast<int>(cpus.size());
  opts.cpus = cpus.data();
  opts.map_keys = cpus.data();
  std::string log;
  int error = 0;
  {
    LogScope scope(log);
    parts.buffer.reset(perf_buffer__new_raw(parts.map.get(), pages, &event, unused, nullptr, &opts));
    if (!parts.buffer) error = errno;
  }
  if (!parts.buffer) raise(env, {error, operation, {}, log});
  for (size_t i = 0; i < cpus.size(); i++) {
    void* base;
    size_t size;
    check(env, perf_buffer__buffer(parts.buffer.get(), static_cast<int>(i), &base, &size), operation);
    parts.rings.emplace_back(base, size, static_cast<uint32_t>(cpus[i]));
  }
  return Addon::of(env).create<PerfBuffer>(std::move(parts));
}

PerfBuffer::Parts& PerfBuffer::open_parts(Napi::Env env) {
  if (!parts_.buffer) {
    raise(env, {EBADF, "use perf buffer " + parts_.name, "perf buffer " + parts_.name + " is closed"});
  }
  return parts_;
}

Napi::Value PerfBuffer::read(const Napi::CallbackInfo& info) {
  auto& rings = open_parts(info.Env()).rings;
  const Bytes to = to_bytes(info[0], "to");
  // Room for the largest record that perf can hold, whose size is a u16. With less room, such a record could never be
  // read.
  if (to.size < 65536) throw Napi::RangeError::New(info.Env(), "to must be at least 65536 bytes long");
  size_t written = 0;
  bool stuck = false;
  for (size_t i = 0; i < rings.size() && !stuck; i++) {
    if (i > 0) next_ = (next_ + 1) % rings.size();
    written += rings[next_].drain(to.data + written, to.size - written, stuck);
  }
  next_ = (next_ + 1) % rings.size();
  return Napi::Number::New(info.Env(), static_cast<double>(written));
}

Napi::Value PerfBuffer::empty(const Napi::CallbackInfo& info) {
  const auto& rings = open_parts(info.Env()).rings;
  const bool empty = std::all_of(rings.begin(), rings.end(), [](const PerfRing& ring) { return ring.empty(); });
  return Napi::Boolean::New(info.Env(), empty);
}

Napi::Value PerfBuffer::lost(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto counts = Napi::Array::New(env);
  for (const PerfRing& ring : open_parts(env).rings) {
    auto count = Napi::Object::New(env);
    count["cpu"] = ring.cpu();
    count["lost"] = Napi::BigInt::New(env, ring.lost());
    counts[counts.Length()] = count;
  }
  return counts;
}

void PerfBuffer::wait(const Napi::CallbackInfo& info) {
  const Parts& parts = open_parts(info.Env());
  waiter_.wait(info, perf_buffer__epoll_fd(parts.buffer.get()), "perf buffer " + parts.name);
}

void PerfBuffer::cancel(const Napi::CallbackInfo& info) {
  open_parts(info.Env());
  waiter_.cancel();
}

void PerfBuffer::close(const Napi::CallbackInfo&) {
  if (!parts_.buffer) return;
  waiter_.close();
  parts_.rings.clear();
  parts_.buffer.reset();
  parts_.map.reset();
  parts_.claim.reset();
}

}  // namespace ebpf
