#include "load/zipf.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace bench {

std::vector<std::uint32_t> draw_zipf(std::size_t keys, double exponent, std::size_t draws, std::uint32_t seed) {
  std::vector<double> cumulated(keys);
  double sum = 0;
  for (std::size_t i = 0; i < keys; ++i) {
    sum += std::pow(static_cast<double>(i + 1), -exponent);
    cumulated[i] = sum;
  }
  std::mt19937 random(seed);
  std::vector<std::uint32_t> place(keys);
  std::iota(place.begin(), place.end(), 0U);
  std::shuffle(place.begin(), place.end(), random);
  std::uniform_real_distribution<double> uniform(0, sum);
  std::vector<std::uint32_t> drawn(draws);
  for (std::uint32_t& d : drawn) {
    const auto at = std::lower_bound(cumulated.begin(), cumulated.end(), uniform(random)) - cumulated.begin();
    d = place[std::min(keys - 1, static_cast<std::size_t>(at))];
  }
  return drawn;
}

}  // namespace bench
