#pragma once

#include <string>

namespace ebpf {

/** Appends what libbpf says on this thread to `text` while it lives. Outside of every scope libbpf is silent. */
class LogScope {
 public:
  explicit LogScope(std::string& text);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

  /** The text of the innermost scope of this thread, or null. */
  static std::string* current();

 private:
  std::string* outer_;
};

/** Makes libbpf report to the scopes. Its print function is the process's, so this is done once. */
void capture_libbpf_log();

}  // namespace ebpf
