// Instants and durations, and the clock that tells them.
//
// Every span in Freshet is a `Duration`, every point in time an `Instant` on the system clock, both in microseconds:
// the same number means the same moment in every process that shares a segment.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace freshet {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// "No limit": a ttl that never ends, a timeout that never strikes.
inline constexpr Duration kForever = Duration::max();
/// The instant that never comes. `add(now, kForever)` gives it.
inline constexpr Instant kNever = Instant::max();

/// `at + span`, saturating at kNever; kForever always gives kNever.
constexpr Instant add(Instant at, Duration span) {
  if (span == kForever || at == kNever) return kNever;
  if (span > Duration::zero() && at.time_since_epoch() > Duration::max() - span) return kNever;
  return at + span;
}

/// Reads `90s`, `5m`, `1h30m`, `7d`, `250ms`, `10us`, `forever`, or a bare number of seconds (`90`, `0.5`).
/// Errors: throws ConfigError that names the text and the accepted forms; negative and overflowing spans included.
Duration parse_duration(std::string_view text);
/// Shortest text that parse_duration reads back to the same span: `1h30m`, `250ms`, `forever`.
std::string format_duration(Duration span);

/// Where the time comes from. Injected, so that tests own it.
/// Threads: now() is called from any thread at once. Cost: on every lookup; keep it to some tens of nanoseconds.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const noexcept = 0;
};

/// The machine's wall clock. The same object each time.
std::shared_ptr<Clock> system_clock();

}  // namespace freshet
