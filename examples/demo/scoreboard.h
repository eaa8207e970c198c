// Counts that all processes of the demo share: what the database was asked, by whom, and which workers are up. So the
// totals are exact whatever happens to a worker.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <sys/types.h>

namespace demo {

/// How often the database was asked for one key, and by whom last.
struct KeyLoads {
  std::uint64_t count = 0;
  pid_t last_by = 0;
  std::chrono::steady_clock::time_point last_at{};
};
struct LoadsPerKey {
  std::uint64_t keys = 0;
  std::uint64_t loads = 0;
  std::uint64_t most = 0;
};

/// Threads: every member from any thread of any process that inherited the file.
class Scoreboard {
 public:
  static constexpr std::size_t kMaxWorkers = 64;

  /// A new one; its file descriptor is inherited by child processes.
  Scoreboard();
  /// The one whose file descriptor was inherited.
  explicit Scoreboard(int inherited);
  ~Scoreboard();
  Scoreboard(const Scoreboard&) = delete;
  Scoreboard& operator=(const Scoreboard&) = delete;

  int file() const noexcept { return file_; }

  /// One question to the database begins.
  void count_query(std::string_view key) noexcept;
  void count_query_failure() noexcept;
  void count_request() noexcept;

  std::uint64_t queries() const noexcept;
  std::uint64_t query_failures() const noexcept;
  std::uint64_t requests() const noexcept;
  KeyLoads loads_of(std::string_view key) const noexcept;
  LoadsPerKey loads_per_key() const noexcept;
  /// Starts the figures anew.
  void reset() noexcept;

  /// 0: not up.
  void set_worker(std::size_t index, pid_t pid) noexcept;
  pid_t worker(std::size_t index) const noexcept;

 private:
  struct Shared;
  struct Slot;
  Slot* find(std::string_view key, bool claim) const noexcept;

  int file_;
  Shared* shared_;
};

}  // namespace demo
