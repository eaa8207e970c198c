// The clock of the benchmarks, and what reading it costs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace bench {

/// The same in all processes of the machine.
inline std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// The median of what two readings in a row lie apart.
double clock_overhead_ns();

/// Appends how long each of `calls` calls of `call(i)` took, the reading of the clock included.
template <class Call>
void time_each(std::size_t calls, std::vector<std::uint32_t>& times, Call&& call) {
  std::int64_t before = monotonic_ns();
  for (std::size_t i = 0; i < calls; ++i) {
    call(i);
    const std::int64_t after = monotonic_ns();
    const std::int64_t took = after - before;
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    times.push_back(static_cast<std::uint32_t>(took < kMost ? took : kMost));
    // Read again: appending to `times` is no part of the next call.
    before = monotonic_ns();
  }
}

/// What this thread has had of a processor. Where others compete for it, this says more of a call that does not wait
/// than the time on the wall does, though not all: they use the caches too.
std::int64_t processor_ns_of_this_thread();

/// How often the kernel took the processor away from this thread: what a noisy machine does to the slowest calls.
std::int64_t preemptions_of_this_thread();

}  // namespace bench
