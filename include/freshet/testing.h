// The testing kit: a clock and executors that your tests own, and stores that keep little, nothing, or fail.
#pragma once

#include <freshet/executor.h>
#include <freshet/store.h>
#include <freshet/time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace freshet::testing {

/// Stands still until told to move.
/// Threads: any.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = Instant{} + std::chrono::hours(24 * 365 * 50)) : now_(start) {}
  Instant now() const noexcept override { return now_.load(); }
  void advance(Duration span) noexcept { now_ = add(now_.load(), span); }

 private:
  std::atomic<Instant> now_;
};

/// Runs every task at once, on the thread that submits it: background work becomes part of the call.
class InlineExecutor final : public Executor {
 public:
  bool submit(std::function<void()> task) override {
    task();
    return true;
  }
};

/// Keeps tasks until the test runs them. Threads: any. Ownership: a task that waits keeps its cache, and that its
/// executor: run or drop what waits before the test ends, or neither is ever freed.
class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(std::size_t room = 1024) : room_(room) {}
  bool submit(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= room_) return false;
    tasks_.push_back(std::move(task));
    return true;
  }
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }
  /// Runs the oldest task on this thread. False when there is none.
  bool run_one() {
    std::function<void()> task;
    {
      const std::lock_guard lock(mutex_);
      if (tasks_.empty()) return false;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
    return true;
  }
  /// Runs tasks, those included that tasks submit, until there is none; returns how many.
  std::size_t run_all() {
    std::size_t ran = 0;
    while (run_one()) ++ran;
    return ran;
  }
  /// Drops what waits, unrun: as an executor does that is shut down.
  void drop_all() {
    std::deque<std::function<void()>> dropped;
    const std::lock_guard lock(mutex_);
    dropped.swap(tasks_);
  }

 private:
  const std::size_t room_;
  mutable std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
};

/// Keeps nothing and grants no leases: every lookup misses with miss_null_store. A cache on it is a cache switched off.
std::shared_ptr<Store> null_store();

struct InProcessOptions {
  std::size_t entries = 100'000;
  std::size_t max_value_bytes = 16 * 1024 * 1024;
  std::size_t leases = 4096;
};
/// The whole contract of Store in one process, by a map and a mutex: exact where the segment is clever, slow where it
/// is fast. For tests that want no file and no shared memory. First in, first out.
std::shared_ptr<Store> in_process_store(const InProcessOptions& options = {});

/// Probabilities from 0 to 1, each for one call.
struct ChaosOptions {
  double fail_gets = 0;    ///< get, pin: miss_store_failed
  double fail_puts = 0;    ///< put, erase, retime: refused_store_failed
  double fail_leases = 0;  ///< acquire: unavailable
  Duration delay{};        ///< before every call, by `sleeper`
  std::function<void(Duration)> sleeper = {};
  std::uint64_t seed = 1;
};
/// Hands on to `inner`, but fails and delays as told. The same seed gives the same faults.
class ChaosStore : public Store {
 public:
  /// From now on. Threads: any.
  virtual void set(const ChaosOptions& options) = 0;
};
std::shared_ptr<ChaosStore> chaos_store(std::shared_ptr<Store> inner, const ChaosOptions& options = {});

}  // namespace freshet::testing
