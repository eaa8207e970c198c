// How an entry is kept and how its load is run: one value per call, with defaults per cache.
#pragma once

#include <freshet/time.h>

#include <optional>
#include <string>
#include <vector>

namespace freshet {

/// Options of one entry. A default-constructed Options is what `open()` uses unless told otherwise.
///
/// `soft_timeout`, `hard_timeout`, `stale_while_revalidate` and `early_refresh` let a load go on after the call has
/// returned: a loader given together with any of them must own what it uses (capture by value).
struct Options {
  /// How long the entry is fresh. Zero stores nothing (unless a stale span is set); kForever never expires.
  Duration ttl = std::chrono::minutes(5);
  /// Each ttl is shortened by a random span up to this, so that entries stored together do not expire together.
  Duration jitter = Duration::zero();
  /// How long after `ttl` the stale value is served at once while one background load refreshes it (RFC 5861).
  Duration stale_while_revalidate = Duration::zero();
  /// How long after `ttl` the stale value may stand in for a load that failed (RFC 5861).
  Duration stale_if_error = Duration::zero();
  /// A load slower than this returns the stale value, if one may still be served; the load goes on in the background.
  Duration soft_timeout = kForever;
  /// No caller waits longer than this: after it the stale value, or LoadTimeout.
  Duration hard_timeout = kForever;
  /// XFetch's beta (VLDB '15): 0 is off, 1 is the paper's optimum, more refreshes earlier. Uses the load's measured
  /// cost.
  double early_refresh = 0.0;
  /// ttl of a cached "nothing" (std::nullopt). Unset: `ttl`.
  std::optional<Duration> negative_ttl = std::nullopt;
  /// For how long a loader's exception is remembered: later callers do not load, but are given the stale value where
  /// one may stand in (stale_if_error), else LoadFailed. Afterwards one caller tries, while the others still get the
  /// stale value. Zero: errors are never cached, and every call past ttl tries, or waits for the one who does.
  Duration error_ttl = Duration::zero();
  /// Names by which invalidate_tag() reaches this entry. At most 40, together at most 4 KiB; each level of
  /// namespace and memoize take one of them.
  std::vector<std::string> tags = {};
};

/// Errors: throws ConfigError naming the first field that makes no sense (a negative span, jitter above ttl, ...).
void validate(const Options& options);

}  // namespace freshet
