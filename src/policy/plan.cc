#include "policy/plan.h"

#include <algorithm>
#include <cmath>

namespace freshet::policy {
namespace {

// Exclusive end of the span in which the entry may serve stale for `window`.
Instant stale_until(const Meta& meta, Duration window) {
  return window <= Duration::zero() ? Instant{} : std::min(meta.keep_until, add(meta.fresh_until, window));
}

// A load has failed since the entry went stale. A later success or expire() moves fresh_until beyond the failure; an
// instant in the future is left from before the clock was set back.
bool failed_since_stale(const Finding& finding, Instant now) {
  return finding.failed_at && *finding.failed_at >= finding.fetch.meta.fresh_until && *finding.failed_at <= now;
}

}  // namespace

bool due_early(const Meta& meta, double beta, Instant now, double dice) {
  if (beta <= 0 || meta.load_cost <= Duration::zero() || meta.fresh_until == kNever) return false;
  // ln(0) is not a number to calculate with; the smallest positive dice stands for it.
  const double head_start = -std::log(std::max(dice, 0x1.0p-64)) * beta * static_cast<double>(meta.load_cost.count());
  return static_cast<double>((meta.fresh_until - now).count()) <= head_start;
}

Plan plan(const Finding& finding, const Options& options, Instant now, double dice) {
  const Meta& meta = finding.fetch.meta;
  if (!finding.fetch.found) return {Course::load, finding.fetch.reason, {}, {}};
  const bool fresh = now < meta.fresh_until;
  if (finding.failure) {
    if (fresh) return {Course::fail, Reason::miss_failed_lately, {}, {}};
    return {Course::load, Reason::miss_expired, {}, {}};
  }

  Plan plan;
  if (fresh) {
    // A fresh value may always stand in: an early refresh that has to load in the foreground must not make things
    // worse.
    plan.on_error_until = plan.on_timeout_until = meta.fresh_until;
    if (due_early(meta, options.early_refresh, now, dice)) {
      plan.course = Course::serve_and_refresh;
      plan.reason = Reason::hit_early_refresh;
    } else {
      plan.course = Course::serve;
      plan.reason = Reason::hit;
    }
    return plan;
  }
  plan.on_error_until = stale_until(meta, options.stale_if_error);
  plan.on_timeout_until = stale_until(meta, std::max(options.stale_if_error, options.stale_while_revalidate));
  plan.failing = now < plan.on_error_until && failed_since_stale(finding, now);
  if (plan.failing && now < add(*finding.failed_at, options.error_ttl)) {
    plan.course = Course::serve;
    plan.reason = Reason::stale_on_error;
  } else if (now < stale_until(meta, options.stale_while_revalidate)) {
    plan.course = Course::serve_and_refresh;
    plan.reason = Reason::stale_revalidating;
  } else {
    plan.course = Course::load;
    plan.reason = Reason::miss_expired;
  }
  return plan;
}

Times times_for(const Options& options, Instant now, double dice, bool negative) {
  Duration ttl = negative ? options.negative_ttl.value_or(options.ttl) : options.ttl;
  if (ttl != kForever) {
    const double jitter = static_cast<double>(std::min(options.jitter, ttl).count());
    ttl -= Duration(static_cast<Duration::rep>(jitter * dice));
  }
  const Duration stale = std::max(options.stale_while_revalidate, options.stale_if_error);
  Times times;
  times.fresh_until = add(now, ttl);
  times.keep_until = add(times.fresh_until, stale);
  times.useful = times.keep_until > now;
  return times;
}

Times times_for_failure(const Options& options, Instant now) {
  Times times;
  times.fresh_until = times.keep_until = add(now, options.error_ttl);
  times.useful = times.keep_until > now;
  return times;
}

}  // namespace freshet::policy
