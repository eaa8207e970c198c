#include "tests/crash/soak/working_set.h"

#include "bench/load/zipf.h"
#include "tests/crash/witness.h"

namespace freshet::soak {

WorkingSet::WorkingSet(std::uint64_t capacity_bytes, unsigned seed) {
  witness::Dice random(seed);
  for (std::uint64_t sum = 0; sum < capacity_bytes / 2; sum += bytes_.back()) {
    // Fragments, pages, and now and then a large one.
    const unsigned dice = random() % 100;
    bytes_.push_back(dice < 50 ? random() % 1000 : dice < 98 ? random() % 10'000 : random() % 80'000);
  }
  draws_ = bench::draw_zipf(bytes_.size(), 0.9, 100'000, seed);
}

std::string WorkingSet::value(unsigned n) const { return witness::checkable(key(n), bytes_[n], n); }

}  // namespace freshet::soak
