// Many measurements in a few words: the median and the extremes of rounds, the quantiles of single calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

/// Of one figure over the rounds of a run.
struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
  static Spread of(std::vector<double> rounds);
};

/// Of single calls, in nanoseconds.
struct Quantiles {
  double median = 0;
  double p99 = 0;
  double p999 = 0;
  double most = 0;
  std::size_t calls = 0;
  /// Sorts `times`. `overhead_ns` (reading the clock) is subtracted from each, down to zero.
  static Quantiles of(std::vector<std::uint32_t>& times, double overhead_ns);
};

/// For each i, a[i] / b[i]: the ratio within each round, which the noise of the machine changes less than either.
std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace bench
