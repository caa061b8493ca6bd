#include "link/info.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <vector>

#include "internal/errors.h"

namespace ebpf {
namespace {

/** The maximum of functions or offsets of one link that are reported; the kernel's own limit (MAX_KPROBE_MULTI_CNT). */
constexpr uint32_t max_places = 1 << 20;
/** PATH_MAX; symbols are shorter. */
constexpr size_t text_size = 4096;

/** One description of a link, in the two calls that it takes: the first for the size, the second for the data. */
class LinkDescription {
 public:
  LinkDescription(Napi::Env env, int fd, std::string operation)
      : env_(env), fd_(fd), operation_(std::move(operation)), description_(Napi::Object::New(env)) {}

  Napi::Object describe() {
    query();
    const char* kind = libbpf_bpf_link_type_str(static_cast<bpf_link_type>(info_.type));
    set("id", info_.id);
    set("type", info_.type);
    description_["kind"] = kind != nullptr ? kind : "unknown";
    set("programId", info_.prog_id);
    add_kind();
    return description_;
  }

 private:
  void query() {
    uint32_t length = sizeof info_;
    check(env_, bpf_link_get_info_by_fd(fd_, &info_, &length), operation_);
  }

  /** Asks again, with room for what the first answer counted. The kernel returns E2BIG or ENOSPC if that grew. */
  template <typename Prepare>
  void query_again(Prepare prepare) {
    info_ = {};
    prepare();
    query();
  }

  void set(const char* name, uint32_t value) { description_[name] = value; }
  void set(const char* name, int32_t value) { description_[name] = value; }
  void set_big(const char* name, uint64_t value) { description_[name] = Napi::BigInt::New(env_, value); }
  void set_attach_type(uint32_t type) {
    const char* name = libbpf_bpf_attach_type_str(static_cast<bpf_attach_type>(type));
    set("attachType", type);
    if (name != nullptr) description_["attachTypeName"] = name;
  }
  void set_list(const char* name, const std::vector<uint64_t>& values) {
    auto list = Napi::Array::New(env_, values.size());
    for (uint32_t i = 0; i < values.size(); i++) list[i] = Napi::BigInt::New(env_, values[i]);
    description_[name] = list;
  }

  uint64_t text_pointer() const { return reinterpret_cast<uintptr_t>(text_); }
  static uint64_t pointer(std::vector<uint64_t>& values) {
    return values.empty() ? 0 : reinterpret_cast<uintptr_t>(values.data());
  }

  void add_kind() {
    switch (info_.type) {
      case BPF_LINK_TYPE_RAW_TRACEPOINT:
        query_again([&] {
          info_.raw_tracepoint.tp_name = text_pointer();
          info_.raw_tracepoint.tp_name_len = text_size;
        });
        description_["tracepoint"] = text_;
        return;
      case BPF_LINK_TYPE_TRACING:
        set_attach_type(info_.tracing.attach_type);
        set("targetObjectId", info_.tracing.target_obj_id);
        set("targetBtfTypeId", info_.tracing.target_btf_id);
        return;
      case BPF_LINK_TYPE_CGROUP:
        set_big("cgroupId", info_.cgroup.cgroup_id);
        return set_attach_type(info_.cgroup.attach_type);
      case BPF_LINK_TYPE_ITER:
        return add_iterator();
      case BPF_LINK_TYPE_NETNS:
        set("netnsInode", info_.netns.netns_ino);
        return set_attach_type(info_.netns.attach_type);
      case BPF_LINK_TYPE_XDP:
        return set("ifindex", info_.xdp.ifindex);
      case BPF_LINK_TYPE_STRUCT_OPS:
        return set("mapId", info_.struct_ops.map_id);
      case BPF_LINK_TYPE_NETFILTER:
        set("protocolFamily", info_.netfilter.pf);
        set("hook", info_.netfilter.hooknum);
        set("priority", info_.netfilter.priority);
        return set("flags", info_.netfilter.flags);
      case BPF_LINK_TYPE_KPROBE_MULTI:
        return add_kprobes();
      case BPF_LINK_TYPE_UPROBE_MULTI:
        return add_uprobes();
      case BPF_LINK_TYPE_PERF_EVENT:
        return add_perf_event();
      case BPF_LINK_TYPE_TCX:
        set("ifindex", info_.tcx.ifindex);
        return set_attach_type(info_.tcx.attach_type);
      case BPF_LINK_TYPE_NETKIT:
        set("ifindex", info_.netkit.ifindex);
        return set_attach_type(info_.netkit.attach_type);
      case BPF_LINK_TYPE_SOCKMAP:
        set("mapId", info_.sockmap.map_id);
        return set_attach_type(info_.sockmap.attach_type);
      default:
        return;
    }
  }

  void add_iterator() {
    query_again([&] {
      info_.iter.target_name = text_pointer();
      info_.iter.target_name_len = text_size;
    });
    const std::string target = text_;
    description_["target"] = target;
    if (target == "bpf_map_elem" || target == "bpf_sk_storage_map") set("mapId", info_.iter.map.map_id);
    if (target == "cgroup") {
      set_big("cgroupId", info_.iter.cgroup.cgroup_id);
      set("order", info_.iter.cgroup.order);
    }
    if (target == "task" || target == "task_file" || target == "task_vma") {
      set("tid", info_.iter.task.tid);
      set("pid", info_.iter.task.pid);
    }
  }

  void add_kprobes() {
    const uint32_t count = std::min(info_.kprobe_multi.count, max_places);
    std::vector<uint64_t> addresses(count);
    std::vector<uint64_t> cookies(count);
    query_again([&] {
      info_.kprobe_multi.addrs = pointer(addresses);
      info_.kprobe_multi.cookies = pointer(cookies);
      info_.kprobe_multi.count = count;
    });
    set("count", info_.kprobe_multi.count);
    set("flags", info_.kprobe_multi.flags);
    set_big("missed", info_.kprobe_multi.missed);
    set_list("addresses", addresses);
    set_list("cookies", cookies);
  }

  void add_uprobes() {
    const uint32_t count = std::min(info_.uprobe_multi.count, max_places);
    // Linux 6.6 and 6.7 do not describe such a link (e56fdbfb06e2), and reject the larger structure with E2BIG.
    if (count == 0) return;
    std::vector<uint64_t> offsets(count);
    std::vector<uint64_t> semaphores(count);
    std::vector<uint64_t> cookies(count);
    query_again([&] {
      info_.uprobe_multi.path = text_pointer();
      info_.uprobe_multi.path_size = text_size;
      info_.uprobe_multi.offsets = pointer(offsets);
      info_.uprobe_multi.ref_ctr_offsets = pointer(semaphores);
      info_.uprobe_multi.cookies = pointer(cookies);
      info_.uprobe_multi.count = count;
    });
    description_["path"] = text_;
    set("count", info_.uprobe_multi.count);
    set("flags", info_.uprobe_multi.flags);
    set("pid", info_.uprobe_multi.pid);
    set_list("offsets", offsets);
    set_list("refCtrOffsets", semaphores);
    set_list("cookies", cookies);
  }

  void add_perf_event() {
    const uint32_t type = info_.perf_event.type;
    const auto ask = [&](auto name, auto length) {
      query_again([&] {
        info_.perf_event.type = type;
        *name = text_pointer();
        *length = text_size;
      });
    };
    auto& event = info_.perf_event;
    set("eventType", type);
    switch (type) {
      case BPF_PERF_EVENT_UPROBE:
      case BPF_PERF_EVENT_URETPROBE:
        ask(&event.uprobe.file_name, &event.uprobe.name_len);
        description_["event"] = type == BPF_PERF_EVENT_UPROBE ? "uprobe" : "uretprobe";
        description_["path"] = text_;
        set("offset", event.uprobe.offset);
        return set_big("cookie", event.uprobe.cookie);
      case BPF_PERF_EVENT_KPROBE:
      case BPF_PERF_EVENT_KRETPROBE:
        ask(&event.kprobe.func_name, &event.kprobe.name_len);
        description_["event"] = type == BPF_PERF_EVENT_KPROBE ? "kprobe" : "kretprobe";
        description_["function"] = text_;
        set("offset", event.kprobe.offset);
        set_big("address", event.kprobe.addr);
        set_big("missed", event.kprobe.missed);
        return set_big("cookie", event.kprobe.cookie);
      case BPF_PERF_EVENT_TRACEPOINT:
        ask(&event.tracepoint.tp_name, &event.tracepoint.name_len);
        description_["event"] = "tracepoint";
        description_["tracepoint"] = text_;
        return set_big("cookie", event.tracepoint.cookie);
      case BPF_PERF_EVENT_EVENT:
        description_["event"] = "event";
        set_big("config", event.event.config);
        set("perfType", event.event.type);
        return set_big("cookie", event.event.cookie);
      default:
        return;
    }
  }

  Napi::Env env_;
  int fd_;
  std::string operation_;
  Napi::Object description_;
  bpf_link_info info_{};
  char text_[text_size] = {};
};

}  // namespace

Napi::Object link_info(Napi::Env env, int fd, const std::string& operation) {
  return LinkDescription(env, fd, operation).describe();
}

}  // namespace ebpf
