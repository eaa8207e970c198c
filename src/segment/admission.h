// Who stays: the rule of eviction, apart from the blocks and records that it is applied to.
//
// Two queues as in S3-FIFO (Yang et al., SOSP '23): newcomers wait in `small`, what proves itself goes to `main`. One
// idea decides the rest: whoever is let into main must be read there more often than those that it pushes out come
// back. Both are counted: `success` of each way into main (entries let in that way are on trial until main's end comes
// round), and `returns`, of what main dropped. So in a loop, where everything that main drops comes back and nothing
// that it takes is read in time, main stands still and holds a part of the loop, as LIRS (SIGMETRICS '02) does; else it
// behaves as S3-FIFO. The small queue finds its share by the slope of the hit ratio: a key that returns shortly after
// it left a queue would have been a hit, had that queue been a little longer. Cost and size weigh as in
// GreedyDual-Size- Frequency (Cherkasova, 1998). Figures, and what was tried and lost: docs/decisions/0008.
//
// Lengths are bytes of records. "Time" is how many bytes have been cleaned at the end of a queue; no clock is read.
//
// Threads: all members from any thread, without locks. The numbers are estimates: an update that is lost in a race is
// one observation less, so every access is relaxed.
#pragma once

#include "segment/layout.h"

#include <cstdint>
#include <optional>

namespace freshet::segment {

/// What becomes of an entry at the end of its queue.
struct Fate {
  bool stays = false;      ///< at the tail of main; else it leaves, as a ghost of the queue that it leaves
  std::uint32_t hits = 0;  ///< what it has from now on
  Trial trial = Trial::none;
};

/// Where a newcomer begins.
struct Entrance {
  Queue queue = Queue::small;
  Trial trial = Trial::none;
};

class Admission {
 public:
  /// `log_bytes` is the length of the whole log.
  Admission(EvictionState& state, std::uint64_t log_bytes);
  /// The values that it starts from.
  static void format(EvictionState& state, std::uint64_t log_bytes);
  /// Forgets all that was learned where some of it cannot have been: damaged bytes. Only while nobody else is attached.
  void recover();
  /// Larger records are not copied to survive; one copy would take longer than a caller should wait under the shard's
  /// lock, or need more free room than should be kept for it.
  std::uint64_t most_moved_bytes() const;

  /// The queue whose oldest block is to be cleaned.
  Queue next(std::uint64_t small_bytes, std::uint64_t main_bytes) const;
  /// So many bytes of records came to the end of a queue and were judged.
  void cleaned(Queue queue, std::uint64_t bytes);
  /// A block of main was cleaned, with so many bytes of records that were still of use.
  void passed_main(std::uint64_t bytes);

  /// `weight` from weight(); `dice` in [0, 1), thrown only where the weight is not 1.
  template <class Dice>
  Fate at_small_end(std::uint32_t hits, double weight, Dice&& dice) {
    return small_fate(by_chance(hits, weight, dice));
  }
  template <class Dice>
  Fate at_main_end(std::uint32_t hits, Trial trial, double weight, Dice&& dice) {
    judge(trial, hits > 0);
    const bool stays = hits > 0 && (hits * weight >= 1 || dice() < hits * weight);
    if (!stays) return main_dropped();
    const std::uint32_t price = by_chance(1, 1 / weight, dice);
    return {true, hits - (price < hits ? price : hits), Trial::none};
  }

  /// A key is stored that is not there. `ghost`: what is remembered of it, if anything.
  Entrance enter(const std::optional<GhostMark>& ghost, std::uint64_t record_bytes, std::uint64_t small_bytes,
                 std::uint64_t main_bytes, std::uint64_t block_bytes);

  /// The time that a ghost of this queue is marked with.
  std::uint32_t stamp(Queue queue) const;
  /// How many bytes its queue has cleaned since.
  std::uint64_t age(const GhostMark& ghost) const;
  /// A ghost that can change nothing any more.
  bool forgotten(const GhostMark& ghost) const;

  /// What an entry is worth for its size: 1 for the mean, and for one whose cost is not known.
  double weight(std::uint32_t load_cost_us, std::uint64_t record_bytes) const;
  /// An entry of known cost was stored.
  void observe(std::uint32_t load_cost_us, std::uint64_t record_bytes);

  /// The longest record ever stored that may be moved: so much room a move must find.
  std::uint32_t largest() const { return state_.largest.load(std::memory_order_relaxed); }
  void observe_largest(std::uint32_t record_bytes) {
    if (record_bytes > largest()) state_.largest.store(record_bytes, std::memory_order_relaxed);
  }

 private:
  bool is_sound() const;
  Fate small_fate(std::uint32_t hits);
  Fate main_dropped();
  void judge(Trial trial, bool read);
  bool worth_it(Trial trial) const;
  bool admitted(Trial trial);
  void move_share(std::int64_t bytes);

  /// `count * factor`, rounded up or down so that it is right on average; exact where it is whole.
  template <class Dice>
  static std::uint32_t by_chance(std::uint32_t count, double factor, Dice&& dice) {
    const double exact = count * factor;
    const auto whole = static_cast<std::uint32_t>(exact);
    const double rest = exact - whole;
    return whole + (rest > 0 && dice() < rest ? 1U : 0U);
  }

  EvictionState& state_;
  const std::uint64_t log_bytes_;
};

}  // namespace freshet::segment
