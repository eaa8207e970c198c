// What a lookup means: pure functions of what was found, the options, the time and a throw of the dice.
//
// Spans of staleness are kept twice. When an entry is written they give its keep_until; when it is read, the reader's
// own options decide again, within keep_until. So a reader may be stricter than the writer, never more lenient.
#pragma once

#include <freshet/options.h>
#include <freshet/store.h>

#include <optional>

namespace freshet::policy {

enum class Course : std::uint8_t {
  serve,              ///< as it is
  serve_and_refresh,  ///< as it is, while one load in the background replaces it
  load,               ///< nothing here answers the call
  fail,               ///< a remembered failure (error_ttl) answers it
};

struct Plan {
  Course course = Course::load;
  /// The hit or stale reason it serves with, or why it must load.
  Reason reason = Reason::miss_absent;
  /// Until when the entry found may stand in for a load that fails, or that takes too long. The epoch: never.
  Instant on_error_until{};
  Instant on_timeout_until{};
  /// The entry may stand in for a failing load, and the last load did fail: nobody need wait for the next one.
  bool failing = false;
};

/// What was found: the store's answer, after its bytes have proved decodable (`fetch.found` is false otherwise, and its
/// reason says why).
struct Finding {
  Fetch fetch;
  /// The entry is a remembered failure.
  bool failure = false;
  /// When a load of this key failed last, where a value stood in for it and the store still knows.
  std::optional<Instant> failed_at = std::nullopt;
};

/// `dice` in [0, 1).
Plan plan(const Finding& finding, const Options& options, Instant now, double dice);

/// XFetch (Vattani, Chierichetti and Lowenstein, VLDB '15): a fresh entry is due early when
/// now - cost * beta * ln(dice) >= fresh_until.
bool due_early(const Meta& meta, double beta, Instant now, double dice);

struct Times {
  Instant fresh_until{};
  Instant keep_until{};
  /// False when the entry would be of no use from its first moment: zero ttl and no stale span.
  bool useful = false;
};

/// The times of a value stored now. `negative`: it is a cached nothing.
Times times_for(const Options& options, Instant now, double dice, bool negative);
/// The times of a remembered failure.
Times times_for_failure(const Options& options, Instant now);

}  // namespace freshet::policy
