#pragma once

#include <string>
#include <vector>

namespace ebpf {

struct LogMessage {
  /** `warn`, `info` or `debug`. */
  const char* level;
  std::string text;
};

/**
 * While it exists, appends what libbpf logs on this thread to `text`, except debug messages, and to `messages`, if
 * given, all of it. Outside of every scope libbpf is silent.
 */
class LogScope {
 public:
  explicit LogScope(std::string& text, std::vector<LogMessage>* messages = nullptr);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

  /** The innermost scope of this thread, or null. */
  static const LogScope* current();

  std::string& text;
  std::vector<LogMessage>* const messages;

 private:
  LogScope* outer_;
};

/** Makes libbpf report to the scopes. Its print function is process-wide, so this is done once. */
void capture_libbpf_log();

}  // namespace ebpf
