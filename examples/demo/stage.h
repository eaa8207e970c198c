// What every scenario plays on: the running workers, their cache and their figures.
#pragma once

#include "load_generator.h"
#include "scoreboard.h"
#include "traffic.h"
#include "workers.h"

#include <freshet/freshet.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

namespace demo {

struct Stage {
  int port;
  std::string database;
  std::size_t clients;
  bool quick;
  const Traffic& traffic;
  Scoreboard& scoreboard;
  const std::atomic<bool>& stop;

  std::chrono::milliseconds span(int full_ms, int quick_ms) const {
    return std::chrono::milliseconds(quick ? quick_ms : full_ms);
  }
};

/// Waits until `happened()`, for at most `limit`; false when it did not. Looks every millisecond.
template <class Happened>
bool wait_for(const Happened& happened, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// Load in the background, for as long as this lives.
class BackgroundLoad {
 public:
  BackgroundLoad(const Stage& stage, LoadPlan plan)
      : thread_([this, port = stage.port, plan = std::move(plan)] { result_ = run_load(port, plan, stop_); }) {}
  BackgroundLoad(const BackgroundLoad&) = delete;
  BackgroundLoad& operator=(const BackgroundLoad&) = delete;
  ~BackgroundLoad() {
    if (thread_.joinable()) finish();
  }
  /// Ends it, and says what it saw.
  LoadResult finish() {
    stop_ = true;
    thread_.join();
    return result_;
  }
  /// Waits until it ends by itself.
  LoadResult join() {
    thread_.join();
    return result_;
  }

 private:
  std::atomic<bool> stop_{false};
  LoadResult result_;
  std::thread thread_;
};

/// How often the reason `word` occurs in the X-Cache headers of all answers.
std::uint64_t answers_with(const LoadResult& result, std::string_view word);

}  // namespace demo
