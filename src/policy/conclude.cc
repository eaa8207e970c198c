#include "policy/conclude.h"

namespace freshet::policy {

Conclusion conclude(const Outcome& outcome, const Options& options, Instant now, double dice) {
  Conclusion conclusion;
  if (outcome.kind == Outcome::Kind::failure) {
    conclusion.end = LoadEnd::failed;
    conclusion.remember_failure = outcome.good_until > now && options.error_ttl > Duration::zero();
    // A failure never takes the place of a value that may still stand in for it.
    if (!outcome.leased || outcome.good_until > now) return conclusion;
    conclusion.times = times_for_failure(options, now);
    conclusion.put = conclusion.times.useful;
    if (conclusion.put) conclusion.reason = Reason::stored_error;
    return conclusion;
  }
  if (outcome.kind == Outcome::Kind::absent) return conclusion;
  if (outcome.do_not_store) {
    conclusion.reason = Reason::refused_by_loader;
    return conclusion;
  }
  if (!outcome.leased) return conclusion;
  const bool negative = outcome.kind == Outcome::Kind::nothing;
  conclusion.times = times_for(options, now, dice, negative);
  conclusion.put = conclusion.times.useful;
  conclusion.reason = !conclusion.put ? Reason::refused_zero_ttl : negative ? Reason::stored_negative : Reason::stored;
  return conclusion;
}

}  // namespace freshet::policy
