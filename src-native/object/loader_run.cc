#include "object/loader_run.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "internal/opts.h"
#include "kernel/kernel_object.h"

// From libbpf, which does not export it.
extern "C" void libbpf_sha256(const void* data, size_t size, uint8_t out[32]);

namespace ebpf {
namespace {

constexpr size_t hash_size = 32;
constexpr int most_attempts = 5;
/** The maximum that every kernel accepts. A program with a longer log fails with ENOSPC. */
constexpr size_t log_size = UINT32_MAX >> 8;

struct Header {
  uint32_t size;
  uint32_t flags;
  uint32_t log_level;
  uint32_t log_size;
  uint64_t log_buffer;
};

struct MapSlot {
  int32_t fd;
  uint32_t max_entries;
  uint64_t initial_value;
};

template <typename T>
uint64_t address_of(const std::vector<T>& items) {
  return items.empty() ? 0 : reinterpret_cast<uintptr_t>(items.data());
}

/** The kernel's SCM_MAX_FD. */
constexpr size_t most_descriptors = 253;

/** A message with descriptors, which then belong to the receiver. */
class Rights {
 public:
  explicit Rights(size_t count) : count_(count), control_(CMSG_SPACE(count * sizeof(int))) {
    message_.msg_iov = &part_;
    message_.msg_iovlen = 1;
    message_.msg_control = control_.data();
    message_.msg_controllen = control_.size();
  }

  bool send(int socket, const std::vector<int>& fds) {
    cmsghdr* const header = CMSG_FIRSTHDR(&message_);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count_ * sizeof(int));
    memcpy(CMSG_DATA(header), fds.data(), count_ * sizeof(int));
    return sendmsg(socket, &message_, MSG_NOSIGNAL) == 1;
  }

  bool receive(int socket, std::vector<Fd>& fds) {
    if (recvmsg(socket, &message_, MSG_CMSG_CLOEXEC) != 1) return false;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message_); header != nullptr; header = CMSG_NXTHDR(&message_, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
      for (size_t i = 0; i < (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
        fds.emplace_back(fd);
      }
    }
    // The kernel leaves out descriptors that the process has no room for.
    if (fds.size() == count_) return true;
    errno = EMFILE;
    return false;
  }

 private:
  size_t count_;
  std::vector<char> control_;
  char byte_ = 0;
  iovec part_{&byte_, 1};
  msghdr message_{};
};

std::string text_of(const std::vector<char>& buffer) {
  return {buffer.data(), strnlen(buffer.data(), buffer.size())};
}

}  // namespace

struct LoaderRun::Context {
  std::vector<uint64_t> words;
  size_t size;

  Context(size_t maps, size_t programs)
      : words((sizeof(Header) + maps * sizeof(MapSlot) + programs * sizeof(int32_t) + 7) / 8),
        size(sizeof(Header) + maps * sizeof(MapSlot) + programs * sizeof(int32_t)) {
    header().size = static_cast<uint32_t>(size);
  }

  Header& header() { return *reinterpret_cast<Header*>(words.data()); }
  const MapSlot* slots() const {
    return reinterpret_cast<const MapSlot*>(reinterpret_cast<const uint8_t*>(words.data()) + sizeof(Header));
  }
  const int32_t* program_fds(size_t maps) const { return reinterpret_cast<const int32_t*>(slots() + maps); }
};

/**
 * A loader makes system calls, including close(2), and its data say for which descriptors. So it runs in a thread that
 * shares no descriptors with the rest of the process: what it closes or leaves open there ends with the thread.
 */
int LoaderRun::run() {
  if (map_count + program_count > most_descriptors) return E2BIG;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  const Fd here(ends[0]);
  const Fd there(ends[1]);
  int error = 0;
  try {
    std::thread([&] { error = run_apart(there.get()); }).join();
  } catch (const std::system_error& failure) {
    return failure.code().value();
  }
  return error != 0 || map_count + program_count == 0 ? error : receive(here.get());
}

int LoaderRun::run_apart(int socket) {
  // Like unshare(CLONE_FILES), which some seccomp filters refuse. It closes nothing; the thread gets its own descriptor
  // table.
  if (syscall(__NR_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) != 0) return errno;
  // The loader should not find any descriptors either: one that stays open here keeps its file open.
  const Fd mine(fcntl(socket, F_DUPFD, 3));
  if (!mine) return errno;
  for (const auto& [first, last] : {std::pair(3U, mine.get() - 1U), std::pair(mine.get() + 1U, ~0U)}) {
    if (first <= last) syscall(__NR_close_range, first, last, 0);
  }
  socket_ = mine.get();
  return twice_if_refused();
}

int LoaderRun::twice_if_refused() {
  const int error = attempt(log_level);
  // The verifier writes no log unless it is asked to, and the caller needs its reason.
  const Step failed = step;
  const bool refused = (failed == Step::load && signature.empty()) || failed == Step::object;
  if (error == 0 || log_level != 0 || !refused || !why.empty()) return error;
  const int again = attempt(1);
  if (again == 0) return 0;
  if (again != error || step != failed) {
    // A log that is too long for its buffer is an error of its own, perhaps of an earlier program.
    verifier_log.clear();
    failed_program.reset();
    step = failed;
    why.clear();
  }
  return error;
}

int LoaderRun::create_map(Fd& map) {
  bpf_map_create_opts create;
  init_opts(create);
  uint8_t hash[hash_size];
  libbpf_sha256(instructions.data(), instructions.size() * sizeof(bpf_insn), hash);
  create.excl_prog_hash = hash;
  create.excl_prog_hash_size = sizeof hash;
  const auto size = static_cast<uint32_t>(data.size());
  const auto make = [&] { return Fd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "__loader.map", 4, size, 1, &create)); };
  map = make();
  if (!map && (errno == E2BIG || errno == EINVAL)) {
    // Before Linux 6.18, maps cannot be exclusive and loaders cannot be signed. Kernels whose union bpf_attr is long enough
    // answer EINVAL (CHECK_ATTR of kernel/bpf/syscall.c), others E2BIG.
    create.excl_prog_hash = nullptr;
    create.excl_prog_hash_size = 0;
    map = make();
  }
  const uint32_t key = 0;
  if (!map || bpf_map_update_elem(map.get(), &key, data.data(), 0) != 0 || bpf_map_freeze(map.get()) != 0) return errno;
  // When the hash is requested, the kernel computes it, and the loader compares it. An older kernel does not know this
  // request.
  bpf_map_info info{};
  uint32_t length = sizeof info;
  info.hash = reinterpret_cast<uintptr_t>(&hash[0]);
  info.hash_size = sizeof hash;
  const bool hashed = bpf_map_get_info_by_fd(map.get(), &info, &length) == 0;
  return hashed || signature.empty() ? 0 : errno;
}

int LoaderRun::load(const Fd& map, uint32_t level, Fd& program) {
  constexpr size_t attributes_size = offsetof(bpf_attr, keyring_id) + sizeof(bpf_attr::keyring_id);
  std::vector<char> log(level == 0 ? 0 : log_size);
  const int map_fd = map.get();
  bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_SYSCALL;
  attributes.prog_flags = BPF_F_SLEEPABLE;
  attributes.insns = address_of(instructions);
  attributes.insn_cnt = static_cast<uint32_t>(instructions.size());
  attributes.license = reinterpret_cast<uintptr_t>("Dual BSD/GPL");
  attributes.fd_array = reinterpret_cast<uintptr_t>(&map_fd);
  attributes.log_level = level;
  attributes.log_size = static_cast<uint32_t>(log.size());
  attributes.log_buf = address_of(log);
  attributes.signature = address_of(signature);
  attributes.signature_size = static_cast<uint32_t>(signature.size());
  attributes.keyring_id = signature.empty() ? 0 : keyring;
  strcpy(attributes.prog_name, "__loader.prog");
  for (int i = 0; i < most_attempts; i++) {
    program = Fd(static_cast<int>(syscall(__NR_bpf, BPF_PROG_LOAD, &attributes, attributes_size)));
    if (program || errno != EAGAIN) break;
  }
  const int error = errno;
  if (!program && level != 0) verifier_log = text_of(log);
  return program ? 0 : error;
}

int LoaderRun::attempt(uint32_t level) {
  verifier_log.clear();
  Fd map;
  step = Step::map;
  if (const int error = create_map(map)) return error;
  Fd program;
  step = Step::load;
  if (const int error = load(map, level, program)) return error;

  step = Step::run;
  Context context(map_count, program_count);
  std::vector<char> log(level == 0 ? 0 : log_size);
  context.header().log_level = level;
  context.header().log_size = static_cast<uint32_t>(log.size());
  context.header().log_buffer = address_of(log);
  bpf_test_run_opts options;
  init_opts(options);
  options.ctx_in = context.words.data();
  options.ctx_size_in = static_cast<uint32_t>(context.size);
  if (bpf_prog_test_run_opts(program.get(), &options) != 0) return errno;
  step = Step::object;
  const auto result = static_cast<int32_t>(options.retval);
  if (level != 0) find_failed(map, address_of(log));
  if (failed_program) verifier_log = text_of(log);
  if (result < 0) return -result;
  return map_count + program_count == 0 ? 0 : send(context, socket_);
}

/**
 * The loader does not report which of its system calls failed. But just before each BPF_BTF_LOAD and BPF_PROG_LOAD it
 * writes the address of the log into that call's attributes. How often this address occurs in its data shows how far
 * the loader got.
 */
void LoaderRun::find_failed(const Fd& map, uint64_t log_buffer) {
  failed_program.reset();
  std::vector<uint64_t> words((data.size() + 7) / 8);
  const uint32_t key = 0;
  if (bpf_map_lookup_elem(map.get(), &key, words.data()) != 0) return;
  size_t calls = static_cast<size_t>(std::count(words.begin(), words.end(), log_buffer));
  if (has_btf && calls > 0) calls--;
  if (calls > 0 && calls <= program_count) failed_program = calls - 1;
}

/** Runs in the loader's thread: sends the descriptors that the loader made, in its order, to the waiting thread. */
int LoaderRun::send(const Context& context, int socket) {
  std::vector<int> fds;
  for (size_t i = 0; i < map_count; i++) fds.push_back(context.slots()[i].fd);
  for (size_t i = 0; i < program_count; i++) fds.push_back(context.program_fds(map_count)[i]);
  for (const int fd : fds) {
    if (fd > 0 && fcntl(fd, F_GETFD) >= 0) continue;
    why = "the loader returned " + std::to_string(fd) +
          " where a descriptor should be: it was generated from another object";
    return EINVAL;
  }
  return Rights(fds.size()).send(socket, fds) ? 0 : errno;
}

/** Runs on the thread that shares its descriptors with the rest of the process. Whatever was sent is ours. */
int LoaderRun::receive(int socket) {
  std::vector<Fd> fds;
  if (!Rights(map_count + program_count).receive(socket, fds)) return errno;
  for (size_t i = 0; i < fds.size(); i++) {
    const bool is_map = i < map_count;
    if (!is_kind(fds[i], is_map ? KernelObject::map : KernelObject::program)) {
      why = std::string("the loader returned something else where a ") + (is_map ? "map" : "program") +
            " should be: it was generated from another object";
      return EINVAL;
    }
    (is_map ? maps : programs).push_back(std::move(fds[i]));
  }
  return 0;
}

}  // namespace ebpf
