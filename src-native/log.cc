#include "log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>

namespace ebpf {
namespace {

// A verifier's log can be this long; several of them are not worth more memory.
constexpr size_t max_log_size = 16 << 20;

thread_local std::string* sink = nullptr;

// With a log level libbpf reports a successful load as a debug message, among many that nobody asked for.
bool wanted(libbpf_print_level level, const char* format) {
  return level != LIBBPF_DEBUG || strstr(format, "PROG LOAD LOG") != nullptr;
}

int print(libbpf_print_level level, const char* format, va_list arguments) {
  if (sink == nullptr || !wanted(level, format)) return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = vsnprintf(nullptr, 0, format, arguments);
  const size_t begin = sink->size();
  if (length > 0 && begin < max_log_size) {
    try {
      sink->resize(begin + length + 1);
      vsnprintf(sink->data() + begin, length + 1, format, again);
      sink->resize(std::min(begin + length, max_log_size));
    } catch (const std::bad_alloc&) {
      // C frames are above: the message is lost, the call's own error is not.
    }
  }
  va_end(again);
  return 0;
}

}  // namespace

LogScope::LogScope(std::string& text) : outer_(sink) {
  sink = &text;
}

LogScope::~LogScope() {
  sink = outer_;
}

std::string* LogScope::current() {
  return sink;
}

void capture_libbpf_log() {
  static const auto previous = libbpf_set_print(print);
  (void)previous;
}

}  // namespace ebpf
