// Loads that read and write: 95 gets to 5 sets, and half and half, drawn from Zipf's law, on one thread and on two,
// beside the peers, interleaved. Sets store what the key has already, so every get must hit.
#pragma once

#include "report/outcome.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct MixedSettings {
  std::uint64_t entries = 1'000'000;
  std::uint64_t calls = 500'000;  ///< per round and thread; a 25th of it behind a socket
  std::uint64_t rounds = 5;
  std::uint64_t value_bytes = 100;
  std::vector<std::string> only;
};

void run_mixed(const MixedSettings& settings, Outcome& outcome);

}  // namespace bench
