// How long single sets take: into an empty segment and into a full one, which has to evict for each (I5). With new keys
// throughout, in rounds that alternate.
//
// An empty segment is measured twice: with its memory touched before (locked, then unlocked again), as the full one's
// is, and untouched, where the first set of every page waits for the kernel. Only the first is compared.
#pragma once

#include "report/outcome.h"

#include <cstdint>

namespace bench {

struct LatencySettings {
  std::uint64_t entries = 10'000'000;
  std::uint64_t value_bytes = 100;
  std::uint64_t rounds = 5;
  std::uint64_t sets = 200'000;  ///< per round
};

void run_set_latency(const LatencySettings& settings, Outcome& outcome);

}  // namespace bench
