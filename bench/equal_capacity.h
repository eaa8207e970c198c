// The engine on equal terms with a simulated policy: a segment and a size of values so that the number of entries that
// it really holds is the number that the policy may hold.
//
// A segment is bounded in bytes, with tables, half-filled blocks and room kept for moves. So the size of the values is
// found by trying: a fresh segment is filled with distinct keys, and what can be read back is counted. As a trace fills
// a segment differently from a row of distinct keys, the entries are counted again during the replay, and when they are
// off by more than one in a hundred, the replay is made again with values of a better size.
#pragma once

#include "trace_replay.h"

#include <cstdint>

namespace freshet::bench {

struct Calibration {
  std::uint64_t segment_bytes = 0;
  std::uint64_t value_bytes = 0;
  double entries_held = 0;  ///< on average, while distinct keys run through the full segment
};

/// How many entries with keys of eight bytes are held while distinct keys run through a fresh segment.
/// Errors: throws std::runtime_error when what can be read back is not what the segment counts.
double entries_held(std::uint64_t segment_bytes, std::uint64_t value_bytes);

/// The size of values with which entries_held() is nearest to `entries`. At least 2 entries.
Calibration calibrate(double entries);

struct EqualReplay {
  Calibration calibration;
  tools::ReplayFigures figures;
  double entries_held = 0;  ///< over the second half of the replay
  int replays = 0;          ///< how many it took
  bool full = true;         ///< false when the trace's keys do not fill the capacity: then nothing is evicted

  /// Within 1 % of what was asked for.
  bool equal_terms(std::uint64_t entries) const;
};

/// Replays until the entries held are within 1 % of `entries`, or for kMostReplays; then the nearest.
inline constexpr int kMostReplays = 8;
EqualReplay replay_with_entries(const tools::AccessTrace& trace, std::uint64_t entries);

}  // namespace freshet::bench
