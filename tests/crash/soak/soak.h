// The supervisor of a soak: starts processes that work on one segment, kills them at random moments and at every pause
// point, and looks after each kill whether the others go on, and after each batch what is left.
#pragma once

#include "tests/crash/child.h"
#include "tests/crash/soak/client.h"
#include "tests/crash/soak/findings.h"
#include "tests/crash/soak/worker.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace freshet::soak {

/// Ownership: the segment's file is removed at the beginning and at the end; processes that still live are killed.
class Soak {
 public:
  explicit Soak(const Settings& settings);
  ~Soak();
  Soak(const Soak&) = delete;
  Soak& operator=(const Soak&) = delete;

  Findings run();
  /// Set by a signal: ends the soak after the present kill.
  static inline std::atomic<bool> stop{false};

 private:
  void open();
  void start(unsigned process);
  void start_all();
  std::uint64_t steps() const;

  void storms_without_kills();
  /// Lets the workers work for a while.
  void calm_down();
  void kill_around_young_segments();
  void kill_creator(int point);
  void batch(std::uint64_t until);
  void kill_at_random();
  void kill_while_opening();
  void kill_at(int point);
  void kill_all_at_once();
  int next_point();
  /// Reaps who was killed, and notes what it was at.
  void bury(unsigned process);
  /// Do the others go on, and can they do what these were at? Starts these again.
  void after(const std::vector<unsigned>& dead);
  void give_up(unsigned process);
  /// False when `event` has not come within half a minute in which nobody had stopped the processes.
  template <class Event>
  bool comes(Event&& event);

  void rest();
  /// With all at rest: survey() and audit().
  HitRatio look_back(const char* when);
  HitRatio survey();
  void audit(const char* when);
  void collect();
  void complain(const std::string& what);
  void progress(const char* what) const;
  bool done() const;
  /// Its length, and the blocks that it takes.
  std::pair<std::uint64_t, std::uint64_t> size_of_file() const;

  Settings settings_;
  std::string path_;
  Findings findings_;
  witness::SharedPage<Page> page_;
  std::unique_ptr<WorkingSet> set_;
  witness::Dice random_;
  std::unique_ptr<witness::Opened> store_;
  Caller me_;
  std::vector<witness::Child> workers_;
  std::int64_t began_us_ = 0;
  std::vector<int> misses_of_point_;
};

}  // namespace freshet::soak
