// What a soak has found, which of it breaks a promise, and both as text and as JSON.
#pragma once

#include "tests/crash/pause_points.h"
#include "tests/crash/soak/page.h"
#include "tests/crash/witness.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace freshet::soak {

struct Settings {
  std::uint64_t kills = 5000;
  std::uint64_t seconds = 0;    ///< after which no more is killed; 0: not before all kills are done
  std::uint64_t batches = 10;   ///< of kills; after each the hit ratio is measured and every block is looked at
  std::uint64_t processes = 6;  ///< that work; the last one is never killed on its own
  unsigned seed = 1;
  std::string url;  ///< of the segment; an existing one is removed
  bool progress = false;
};

/// Of the same draws from the working set, read only, with no process at work.
struct HitRatio {
  double right_after = 0;       ///< of what is still there
  double one_refill_after = 0;  ///< once each key was asked for once, and loaded if it was missing
};

struct Findings {
  Settings settings;
  std::uint64_t segment_bytes = 0;
  double took_seconds = 0;
  bool stopped_early = false;  ///< by `seconds`, or by a signal
  bool was_suspended = false;  ///< by SIGSTOP

  // Kills.
  std::uint64_t random_kills = 0;
  std::uint64_t while_opening = 0;  ///< of the random ones
  std::uint64_t all_at_once = 0;    ///< of the random ones: nobody was left, and the next one to open found it so
  std::array<std::uint64_t, witness::kPausePointCount> point_kills{};
  std::uint64_t started = 0;      ///< processes
  std::uint64_t restarts = 0;     ///< of the segment by somebody alone
  std::uint64_t not_come_by = 0;  ///< a process that was to die at a point did not pass it within some seconds
  std::uint64_t loads_of_the_dead = 0;
  std::uint64_t pins_of_the_dead = 0;
  std::uint64_t least_alive = 0;

  // What the survivors did and saw.
  struct Calls {
    std::uint64_t count = 0;
    std::uint64_t over_a_second = 0;
    std::int64_t longest_us = 0;
  };
  std::array<Calls, kCalls> calls{};
  std::int64_t longest_pause_us = 0;  ///< from a kill until each thread of each survivor had done another step
  std::int64_t late_us = 0;           ///< see Page::late_us
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t torn = 0;
  std::uint64_t outdated = 0;
  std::uint64_t no_room = 0;
  std::uint64_t refused = 0;
  std::uint64_t taken_over = 0;
  std::uint64_t process_died = 0;  ///< as the segment's counters have it
  std::uint64_t lock_recovered = 0;
  std::uint64_t lost_in_crash = 0;

  // What is left of the segment.
  witness::Blocks blocks;
  std::uint64_t blocks_of_the_pool = 0;
  bool file_grew = false;
  std::vector<HitRatio> without_kills;
  std::vector<HitRatio> after_kills;         ///< one per batch
  std::uint64_t private_bytes_at_first = 0;  ///< of the process that was never killed on its own
  std::uint64_t private_bytes_at_last = 0;

  /// What went wrong on the way, in words.
  std::vector<std::string> complaints;

  std::uint64_t kills() const;
  /// One second, which is what the engine promises, and what the machine may add: half a second; or, where that is
  /// more, as long as the kernel kept any thread from a processor, once for each thread that may have been before in a
  /// lock's queue.
  std::int64_t most_us() const {
    return 1'000'000 +
           std::max<std::int64_t>(500'000, late_us * static_cast<std::int64_t>(settings.processes * kThreads));
  }
  std::int64_t longest_us() const;
  double ratio_without_kills() const;
  double tolerance() const;
  double least_ratio_after_kills() const;
  /// Every promise that did not hold. Empty: all well.
  std::vector<std::string> broken() const;
};

std::string as_text(const Findings& findings);
std::string as_json(const Findings& findings);

}  // namespace freshet::soak
