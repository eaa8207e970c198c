// A stage on which one thread, the actor, is stopped at a chosen passage of a chosen pause point while others go on.
#pragma once

#include "platform/pause_point.h"

#include <condition_variable>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace freshet::witness {

class Stage {
 public:
  /// One passage of one pause point.
  struct Place {
    std::string point;
    int passage = 1;
  };

  Stage() {
    current_ = this;
    platform::pause_hook.store(&Stage::passed);
  }
  ~Stage() {
    release();
    join();
    platform::pause_hook.store(nullptr);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Runs `act` on the actor's thread, to be stopped at `place`. Returns when it is stopped there, or has ended.
  /// True when it was stopped.
  bool play(const Place& place, std::function<void()> act) {
    place_ = place;
    to_go_ = place.passage;
    visited_.clear();
    passages_.clear();
    stopped_ = released_ = ended_ = false;
    actor_ = std::thread([this, act = std::move(act)] {
      acting_ = true;
      act();
      acting_ = false;
      const std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || ended_; });
    return stopped_;
  }
  /// Lets the actor go on.
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  void join() {
    if (actor_.joinable()) actor_.join();
  }
  /// Every passage of the actor, in order. Only after join().
  const std::vector<Place>& visited() const { return visited_; }

 private:
  static void passed(const char* point) {
    if (acting_) current_->stop_at(point);
  }
  void stop_at(const char* point) {
    std::unique_lock lock(mutex_);
    visited_.push_back({point, ++passages_[point]});
    if (place_.point != point || --to_go_ != 0) return;
    stopped_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
  }

  static inline Stage* current_ = nullptr;
  static inline thread_local bool acting_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  Place place_;
  int to_go_ = 0;
  bool stopped_ = false;
  bool released_ = false;
  bool ended_ = false;
  std::vector<Place> visited_;
  std::map<std::string, int> passages_;
  std::thread actor_;
};

}  // namespace freshet::witness
