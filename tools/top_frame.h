// One picture of `freshet top`, as lines: from two samples of the counters to rates per second. No clock, no terminal.
#pragma once

#include <freshet/store.h>
#include <freshet/time.h>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace freshet::tools {

struct Sample {
  Stats stats;
  Instant at{};            ///< by the wall clock, to be shown
  Duration since_start{};  ///< by a clock that never jumps, to divide by
};

struct FrameSize {
  std::size_t columns = std::numeric_limits<std::size_t>::max();
  std::size_t rows = std::numeric_limits<std::size_t>::max();
};

/// Lines that fit into `size`. With `before` == nullptr nothing is known of the last interval yet, and a `-` stands for
/// it. Reasons that never happened are left out; where room is short, those go first that did not happen lately.
std::vector<std::string> top_frame(const Sample* before, const Sample& now, FrameSize size);

}  // namespace freshet::tools
