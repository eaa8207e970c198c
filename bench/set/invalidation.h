// What invalidating a tag costs: the caller, with very many entries or none behind the tag; and those who read
// meanwhile.
//
// Readers are compared in three states that alternate: alone; beside a thread that is busy with something else, so that
// what two processors share is not blamed on the invalidations; and beside a thread that invalidates without pause tags
// that no entry carries.
#pragma once

#include "report/outcome.h"

#include <cstdint>

namespace bench {

struct InvalidationSettings {
  std::uint64_t entries = 10'000'000;
  std::uint64_t reader_entries = 1'000'000;
  std::uint64_t value_bytes = 100;
  std::uint64_t rounds = 5;
  std::uint64_t calls = 200'000;  ///< timed one by one, per round
};

void run_invalidation(const InvalidationSettings& settings, Outcome& outcome);
void run_readers_beside_invalidation(const InvalidationSettings& settings, Outcome& outcome);

}  // namespace bench
