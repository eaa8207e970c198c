// A trace, run against a real cache: each access is a read, and a miss fills.
//
// Through Store and not through Cache: what is measured is the memory and its eviction, and a cache would add loads,
// threads and codecs that a trace tells nothing about.
#pragma once

#include "access_trace.h"

#include <freshet/store.h>
#include <freshet/time.h>

#include <cstdint>
#include <functional>

namespace freshet::tools {

struct ReplayOptions {
  /// Of every value, where the trace tells no sizes.
  std::uint64_t value_bytes = 0;
  /// A value larger than this is cut to it, or with `cut` unset not stored: a cache refuses it.
  std::uint64_t max_value_bytes = 0;
  bool cut = false;
  /// Tell the store what a load costs, where the trace does: the eviction goes by it.
  bool tell_costs = true;
  /// After which an entry is stale and read as a miss. By the trace's times.
  Duration ttl = kForever;
  /// Told from time to time how many accesses are done.
  std::function<void(std::uint64_t)> progress = {};
};

struct ReplayFigures {
  std::uint64_t accesses = 0;
  std::uint64_t hits = 0;
  std::uint64_t bytes = 0;  ///< of the values of all accesses, as stored
  std::uint64_t hit_bytes = 0;
  std::uint64_t load_us = 0;  ///< what all accesses would cost without a cache
  std::uint64_t saved_us = 0;
  std::uint64_t stale = 0;    ///< misses because the ttl had run out
  std::uint64_t refused = 0;  ///< fills that the store did not take, or that were too large for it
  std::uint64_t cut = 0;      ///< accesses to values that were cut
  /// Entries present, on average over the second half of the trace; where the cache was not full by then, from the
  /// first eviction on. 0 when there was no eviction: everything was kept.
  double entries_held = 0;
  std::uint64_t entries_at_end = 0;
  std::uint64_t log_bytes = 0;  ///< what the segment has for entries
  std::uint64_t size_bytes = 0;

  double hit_ratio() const { return ratio(hits, accesses); }
  double byte_hit_ratio() const { return ratio(hit_bytes, bytes); }

 private:
  static double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

/// `store` is fresh. Values are written in full; their bytes are noise.
/// Cost: memory for one value of the largest size.
ReplayFigures replay(const AccessTrace& trace, Store& store, const ReplayOptions& options);

/// What the log takes for an entry without tags: header, key and value, rounded up.
std::uint64_t entry_bytes(std::uint64_t key_bytes, std::uint64_t value_bytes);
/// What all keys of the trace take together, each with its largest value.
std::uint64_t footprint_bytes(const AccessTrace& trace, std::uint64_t value_bytes);

}  // namespace freshet::tools
