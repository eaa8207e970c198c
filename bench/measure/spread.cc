#include "measure/spread.h"

#include <algorithm>

namespace bench {

Spread Spread::of(std::vector<double> rounds) {
  if (rounds.empty()) return {};
  std::sort(rounds.begin(), rounds.end());
  const std::size_t middle = rounds.size() / 2;
  const double median = rounds.size() % 2 == 1 ? rounds[middle] : (rounds[middle - 1] + rounds[middle]) / 2;
  return {median, rounds.front(), rounds.back()};
}

Quantiles Quantiles::of(std::vector<std::uint32_t>& times, double overhead_ns) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    const auto place = static_cast<std::size_t>(share * static_cast<double>(times.size()));
    return std::max(0.0, times[std::min(place, times.size() - 1)] - overhead_ns);
  };
  return {at(0.5), at(0.99), at(0.999), at(1.0), times.size()};
}

std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) all.push_back(a[i] / b[i]);
  return all;
}

}  // namespace bench
