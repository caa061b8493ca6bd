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
 * Appends what libbpf says on this thread to `text` while it lives, without what only debugs; to `messages`, where there
 * are any, all of it. Outside of every scope libbpf is silent.
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

/** Makes libbpf report to the scopes. Its print function is the process's, so this is done once. */
void capture_libbpf_log();

}  // namespace ebpf
