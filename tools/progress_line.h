// One line on the standard error that says how far a long piece of work is. Only at a terminal; gone when it is done.
#pragma once

#include <chrono>
#include <string>

namespace freshet::tools {

/// Threads: one. Errors: none; a terminal that goes away is no reason to stop.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Shown at most ten times a second.
  void say(const std::string& text);
  void clear();

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace freshet::tools
