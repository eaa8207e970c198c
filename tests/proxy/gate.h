// Something that happens once, and whoever waits for it: how these tests order what several threads do.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace freshet::proxy_test {

/// Long enough for a loaded machine under a sanitizer; nothing waits for it that goes well.
inline constexpr std::chrono::seconds kLimit{60};

/// Threads: all at once.
class Gate {
 public:
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// Throws std::runtime_error when it stays shut.
  void wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kLimit, [&] { return open_; })) throw std::runtime_error("a gate was never opened");
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace freshet::proxy_test
