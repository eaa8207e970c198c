// Times one call of one caller. While it runs the page says which, and since when: so a call that never ends is seen
// too.
#pragma once

#include "tests/crash/soak/page.h"

#include <chrono>
#include <cstdint>
#include <thread>

namespace freshet::soak {

inline constexpr std::int64_t kSecondUs = 1'000'000;

inline std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Had somebody stopped the processes after `since_us`?
inline bool was_suspended(const Page& page, std::int64_t since_us) {
  // Time for the signal that says so to reach the others.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return page.continued_us >= since_us;
}

class Stopwatch {
 public:
  Stopwatch(Page& page, Caller& caller, Call call) : page_(page), caller_(caller), call_(static_cast<int>(call)) {
    caller_.call.store(call_);
    caller_.since_us.store(now_us());
  }
  ~Stopwatch() {
    const std::int64_t took_us = now_us() - caller_.since_us.load();
    caller_.since_us.store(0);
    page_.tally[call_].count.fetch_add(1, std::memory_order_relaxed);
    note(page_, call_, took_us);
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  /// What a caller that was killed in the middle of a call had waited by then.
  static void note_unfinished(Page& page, Caller& dead) {
    const std::int64_t since = dead.since_us.exchange(0);
    if (since != 0) note(page, dead.call, now_us() - since);
  }

 private:
  static void note(Page& page, int call, std::int64_t took_us) {
    CallTally& tally = page.tally[call];
    if (took_us > kSecondUs) {
      if (was_suspended(page, now_us() - took_us)) return;
      ++tally.over_a_second;
    }
    raise_to(tally.longest_us, took_us);
  }

  Page& page_;
  Caller& caller_;
  int call_;
};

}  // namespace freshet::soak
