// What becomes of a load's outcome: stored, stored as a failure, or not stored; and what its waiters are told.
#pragma once

#include "policy/plan.h"

#include <freshet/options.h>
#include <freshet/store.h>

#include <optional>

namespace freshet::policy {

struct Outcome {
  enum class Kind : std::uint8_t {
    value,
    nothing,  ///< std::nullopt, where the type has one
    absent,   ///< a loader of many keys that said nothing of this one
    failure,  ///< it threw
  };
  Kind kind = Kind::value;
  bool leased = false;
  bool do_not_store = false;
  /// Until when a good entry under this key may still serve stale; the epoch: there is none.
  Instant good_until{};
};

struct Conclusion {
  /// Store with `times`; otherwise release the lease, if there is one, with `end`.
  bool put = false;
  Times times;
  LoadEnd end = LoadEnd::not_stored;
  /// Note in the store that the load failed, beside the value that stands in for it.
  bool remember_failure = false;
  /// How a successful put is called; or why nothing is put, where there is a word for it.
  std::optional<Reason> reason;
};

/// `options` as the loader left them. `dice` in [0, 1).
Conclusion conclude(const Outcome& outcome, const Options& options, Instant now, double dice);

}  // namespace freshet::policy
