// Least recently used, exactly: what the engine is measured against, on the same trace in the same run.
#pragma once

#include "access_trace.h"

#include <cstdint>

namespace freshet::bench {

struct LruFigures {
  std::uint64_t hits = 0;
  std::uint64_t hit_bytes = 0;
  std::uint64_t saved_us = 0;
};

/// Room for so many entries, whatever their size.
LruFigures lru_of_entries(const tools::AccessTrace& trace, std::uint64_t entries);
/// Room for so many bytes; an entry takes what it takes in the engine's log. Values are cut to `max_value_bytes`, as
/// the engine's are, and keep the size that they had when they were stored.
LruFigures lru_of_bytes(const tools::AccessTrace& trace, std::uint64_t bytes, std::uint64_t max_value_bytes);

}  // namespace freshet::bench
