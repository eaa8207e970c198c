// How the bytes of a segment are divided. A pure function of the size: whoever opens a segment computes the same.
#pragma once

#include <cstdint>

namespace freshet::segment {

inline constexpr std::uint64_t kMinSizeBytes = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kMaxSizeBytes = std::uint64_t{1} << 40;

/// The parts of a segment, in the order in which they lie. Offsets are from the segment's start, in bytes; every part
/// starts on a cache line.
struct Geometry {
  std::uint64_t size_bytes = 0;

  std::uint32_t shards = 0;             ///< power of two
  std::uint32_t processes = 0;          ///< how many may be attached at once
  std::uint32_t pins_per_process = 0;   ///< values read in place at once, per process
  std::uint32_t tag_slots = 0;          ///< power of two
  std::uint32_t leases_per_shard = 0;   ///< loads under way at once, per shard
  std::uint32_t counter_stripes = 0;    ///< power of two
  std::uint32_t remembered_misses = 0;  ///< power of two
  std::uint32_t directory_bits = 0;     ///< a shard's directory has two to the power of this entries
  std::uint32_t block_bytes = 0;        ///< power of two
  std::uint32_t blocks = 0;

  std::uint64_t shards_at = 0;
  std::uint64_t eviction_at = 0;
  std::uint64_t processes_at = 0;
  std::uint64_t tags_at = 0;
  std::uint64_t leases_at = 0;
  std::uint64_t counters_at = 0;
  std::uint64_t misses_at = 0;
  std::uint64_t directories_at = 0;
  std::uint64_t descriptors_at = 0;
  std::uint64_t log_at = 0;

  /// `size_bytes` is rounded down to a whole page. Precondition: between kMinSizeBytes and kMaxSizeBytes.
  static Geometry of(std::uint64_t size_bytes);

  std::uint64_t log_bytes() const { return std::uint64_t{blocks} * block_bytes; }
  /// A block is a page of the index when it is not part of the log (see BlockState).
  std::uint32_t buckets_per_page() const { return block_bytes / 64; }
  std::uint32_t most_index_blocks() const { return blocks / 3; }
  /// Values may be a quarter of the capacity.
  std::uint64_t max_value_bytes() const { return size_bytes / 4; }
  std::uint64_t process_stride() const;

  friend bool operator==(const Geometry&, const Geometry&) = default;
};

}  // namespace freshet::segment
