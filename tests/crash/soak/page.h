// What the processes of a soak share beside the segment: what each is doing at this moment, what all have counted, and
// the "database" whose values they cache. In memory of its own, so that no death takes any of it away.
#pragma once

#include "tests/crash/pause_points.h"

#include <atomic>
#include <cstdint>

namespace freshet::soak {

inline constexpr unsigned kMostProcesses = 32;
/// Room enough for all that is written, the working set beside it, and the largest values while others are pinned.
inline constexpr std::uint64_t kLeastSegmentBytes = 16 << 20;
inline constexpr unsigned kThreads = 2;  ///< in each of them
/// Keys that are written, erased and invalidated, each by one thread only: so their values have an order.
inline constexpr unsigned kKeys = 1024;

/// What a process can call; each is timed by itself.
enum class Call { open, get, pin, put, put_if, acquire, wait, release, erase, retime, invalidate_tag, clear };
inline constexpr const char* kCallNames[] = {"open", "get",     "pin",   "put",    "put_if",         "acquire",
                                             "wait", "release", "erase", "retime", "invalidate_tag", "clear"};
inline constexpr int kCalls = static_cast<int>(sizeof(kCallNames) / sizeof(kCallNames[0]));

// Every counter below is one of its own: nothing is read through it that another access would have to be ordered with.

struct CallTally {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> over_a_second{0};
  std::atomic<std::int64_t> longest_us{0};
};

/// One thread of one process. Written by itself, read by the supervisor, also after its death.
struct Caller {
  static constexpr int kNothing = -1;
  std::atomic<std::uint64_t> steps{0};    ///< of its work
  std::atomic<std::int64_t> since_us{0};  ///< when the call that it is in began; 0: in none
  std::atomic<int> call{0};               ///< which
  std::atomic<int> loads{kNothing};       ///< whose lease it holds: see key_of()
  std::atomic<std::uint32_t> pins{0};
  std::atomic<bool> rests{false};
};

struct Process {
  std::atomic<int> dies_at{-1};  ///< number of the pause point where it is to die; -1 for nowhere
  std::atomic<int> passages{0};  ///< until then
  std::atomic<bool> lingers{false};
  std::atomic<bool> grows{false};  ///< it makes keys that nobody had before
  Caller caller[kThreads];
  std::atomic<std::uint64_t> private_bytes{0};
};

enum class Mode { work, rest };

struct Page {
  std::atomic<Mode> mode{Mode::work};
  std::atomic<bool> clears{false};  ///< clear() is allowed
  Process process[kMostProcesses];

  CallTally tally[kCalls];
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> misses{0};
  std::atomic<std::uint64_t> torn{0};      ///< bytes that are not those of one write of the key
  std::atomic<std::uint64_t> outdated{0};  ///< served although an invalidation that came after had returned
  std::atomic<std::uint64_t> no_room{0};
  std::atomic<std::uint64_t> taken_over{0};  ///< leases
  std::atomic<std::uint64_t> refused{0};     ///< fills, because something moved
  std::atomic<std::uint64_t> died_at[witness::kPausePointCount]{};
  std::atomic<std::uint64_t> fresh_keys{0};
  /// When the processes last went on after somebody had stopped them (SIGSTOP): what was timed then says nothing.
  std::atomic<std::int64_t> continued_us{0};
  /// The longest that a thread was kept from a processor in one step of its work.
  std::atomic<std::int64_t> late_us{0};

  /// The database: the version of each key's value.
  std::atomic<std::uint32_t> committed[kKeys]{};
  /// The version below which nothing may be served: its invalidation has returned. Release and acquire: whoever reads
  /// it begins to look after that return.
  std::atomic<std::uint32_t> settled[kKeys]{};
};

inline void raise_to(std::atomic<std::int64_t>& longest, std::int64_t value) {
  std::int64_t seen = longest.load();
  while (seen < value && !longest.compare_exchange_weak(seen, value)) {
  }
}

}  // namespace freshet::soak
