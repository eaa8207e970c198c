// Draws from Zipf's law over numbered keys, the way web applications ask: a few keys often, most of them rarely.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

/// `draws` numbers in [0, keys), the k-th most popular with a probability proportional to 1 / k^exponent. Popularity is
/// shuffled over the numbers, so that neighbours in memory are not neighbours in popularity. The same seed draws the
/// same numbers.
std::vector<std::uint32_t> draw_zipf(std::size_t keys, double exponent, std::size_t draws, std::uint32_t seed);

}  // namespace bench
