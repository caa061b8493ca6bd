#include "internal/log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>

namespace ebpf {
namespace {

// A program of a million instructions, the maximum, has a log of about 100 MB. Its end says what is wrong.
constexpr size_t max_log_size = 256 << 20;

thread_local LogScope* innermost = nullptr;

// With a log level, libbpf reports a successful load as a debug message, among many that nobody asked for.
bool wanted(libbpf_print_level level, const char* format) {
  return level != LIBBPF_DEBUG || strstr(format, "PROG LOAD LOG") != nullptr;
}

const char* level_name(libbpf_print_level level) {
  return level == LIBBPF_WARN ? "warn" : level == LIBBPF_INFO ? "info" : "debug";
}

std::string formatted(const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int length = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  std::string text;
  if (length <= 0) return text;
  text.resize(static_cast<size_t>(length) + 1);
  vsnprintf(text.data(), text.size(), format, arguments);
  text.pop_back();
  return text;
}

int print(libbpf_print_level level, const char* format, va_list arguments) {
  if (innermost == nullptr) return 0;
  const bool keep = wanted(level, format) && innermost->text.size() < max_log_size;
  if (!keep && innermost->messages == nullptr) return 0;
  try {
    std::string message = formatted(format, arguments);
    if (keep) innermost->text += message;
    if (innermost->messages != nullptr) innermost->messages->push_back({level_name(level), std::move(message)});
  } catch (const std::bad_alloc&) {
    // There are C frames above: the message is lost, but not the call's own error.
  }
  return 0;
}

}  // namespace

LogScope::LogScope(std::string& text, std::vector<LogMessage>* messages)
    : text(text), messages(messages), outer_(innermost) {
  innermost = this;
}

LogScope::~LogScope() {
  innermost = outer_;
}

const LogScope* LogScope::current() {
  return innermost;
}

void capture_libbpf_log() {
  static const auto previous = libbpf_set_print(print);
  (void)previous;
}

}  // namespace ebpf
