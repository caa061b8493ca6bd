#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>
#include <vector>

#include "events/perf_ring.h"
#include "events/poller.h"
#include "internal/fd.h"
#include "internal/handle.h"
#include "maps/claim.h"

namespace ebpf {

struct PerfBufferFreer {
  void operator()(perf_buffer* buffer) const { perf_buffer__free(buffer); }
};

/**
 * NativePerfBuffer of lib/internal/binding.ts. libbpf opens the events, but does not read them: its reader makes a
 * callback per record.
 */
class PerfBuffer : public Handle<PerfBuffer> {
 public:
  static constexpr const char* class_name = "PerfBuffer";
  static constexpr napi_type_tag type_tag{0x7a1e3c9b52d04f86, 0xb1c4d97e08a35f62};
  struct Parts {
    /** The map's name, for messages. */
    std::string name;
    /** Released after libbpf has freed the buffer. */
    MapClaim claim;
    /**
     * The map's descriptor. libbpf removes its events from the map when it frees the buffer, so this is declared before
     * the buffer and outlives it.
     */
    Fd map;
    std::unique_ptr<perf_buffer, PerfBufferFreer> buffer;
    std::vector<PerfRing> rings;
  };

  static Napi::Function define(Napi::Env env);
  explicit PerfBuffer(const Napi::CallbackInfo& info);

  // struct perf_buffer *perf_buffer__new_raw(int map_fd, size_t page_cnt, struct perf_event_attr *attr,
  //                                          perf_buffer_event_fn event_cb, void *ctx,
  //                                          const struct perf_buffer_raw_opts *opts)
  // openPerfBuffer(map: NativeMap, options: { pages: number; cpus: Uint32Array; wakeupEvents: number }):
  //   NativePerfBuffer
  static Napi::Value open(const Napi::CallbackInfo& info);

 private:
  // read(to: Uint8Array): number
  Napi::Value read(const Napi::CallbackInfo& info);

  // empty(): boolean
  Napi::Value empty(const Napi::CallbackInfo& info);

  // lost(): { cpu: number; lost: bigint }[]
  Napi::Value lost(const Napi::CallbackInfo& info);

  // wait(onReady: (errno: number) => void): void
  void wait(const Napi::CallbackInfo& info);

  // cancel(): void
  void cancel(const Napi::CallbackInfo& info);

  // close(): void
  void close(const Napi::CallbackInfo& info);

  Parts& open_parts(Napi::Env env);

  Parts parts_;
  Waiter waiter_;
  /** The ring that the next read begins with, so that a busy CPU does not starve the others. */
  size_t next_ = 0;
};

}  // namespace ebpf
