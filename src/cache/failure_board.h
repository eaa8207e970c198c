// Where a failing load leaves its exception for the waiters in its own process.
//
// The store carries only a message to waiters. Here a waiter finds the exception itself, by the lease's token. An entry
// exists only while a thread of this process waits for or loads its key, so the board is bounded by the threads.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::cache {

/// Threads: every member from any thread.
class FailureBoard {
 public:
  /// Keeps a key's entry alive. Loaders enter before they can fail, waiters before they ask for the lease; so whoever
  /// was told "busy" by a lease finds its failure here, however late he looks.
  class Presence {
   public:
    Presence() = default;
    Presence(std::shared_ptr<FailureBoard> board, std::string key);
    Presence(Presence&& other) noexcept = default;
    Presence& operator=(Presence&& other) noexcept;
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    ~Presence() { leave(); }

    explicit operator bool() const noexcept { return board_ != nullptr; }
    void publish(std::uint64_t token, std::exception_ptr failure) const;
    /// Null when the load did not fail in this process.
    std::exception_ptr find(std::uint64_t token) const;

   private:
    void leave() noexcept;

    std::shared_ptr<FailureBoard> board_;
    std::string key_;
  };

  FailureBoard();
  FailureBoard(const FailureBoard&) = delete;
  FailureBoard& operator=(const FailureBoard&) = delete;

  /// False in a child forked since: another thread of the parent may have held a mutex, so it needs a board of its own.
  bool ours() const noexcept;

 private:
  // Waiters of a key that keeps failing may overlap for ever; older failures then give way, and a waiter that slept
  // through so many of them gets LoadFailed with the message.
  static constexpr std::size_t kFailuresKept = 8;

  struct Entry {
    std::size_t present = 0;
    std::vector<std::pair<std::uint64_t, std::exception_ptr>> failures;
  };
  struct Shard {
    std::mutex mutex;
    std::map<std::string, Entry, std::less<>> entries;
  };
  Shard& shard(std::string_view key) { return shards_[std::hash<std::string_view>()(key) % shards_.size()]; }

  const std::uint32_t generation_;
  std::array<Shard, 16> shards_;
};

}  // namespace freshet::cache
