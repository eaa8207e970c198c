// What leaves when there is no room: S3-FIFO (Yang et al., SOSP '23) over the blocks of the log.
//
// Newcomers go to the small queue, a tenth of the log. When a block comes to the end of the small queue, its entries
// that were read at least twice move to the main queue and the others leave, remembered as ghosts; a key that comes
// back while its ghost is there goes to the main queue at once. At the end of the main queue, entries that were read
// since they passed the last time go round again. So eviction and log cleaning are one thing, a scan passes through the
// small queue without touching what is in use, and no list is maintained on a hit.
//
// Blocks whose entries have all passed their last useful instant go first, found in O(1) because entries of similar
// lifetime share blocks (Segcache, NSDI '21).
#pragma once

#include "segment/segment.h"

#include <freshet/time.h>

#include <cstdint>
#include <string>
#include <vector>

namespace freshet::segment {

/// An entry that left.
struct Removed {
  std::string key;
  Reason reason;
};

/// Threads: from any thread; takes one shard's lock at a time, so the caller holds none.
/// Cost: proportional to what is freed.
class Eviction {
 public:
  explicit Eviction(Segment& segment) : segment_(segment) {}

  /// Frees blocks until `blocks` can be opened by a writer. False when that cannot be had (all pinned, or all being
  /// cleaned by others). `removed` may be null.
  bool make_room(std::uint32_t blocks, Instant now, std::vector<Removed>* removed);

  /// Blocks that writers leave alone, so that survivors of a cleaning always find room to move to.
  std::uint32_t kept_for_moves() const;

  /// For so many evictions from its shard a ghost counts: as many as the shard has entries.
  std::uint32_t ghosts_until(std::uint16_t shard) const;
  /// Free blocks that the index leaves alone when it grows.
  std::uint32_t kept_from_index() const { return kept_for_moves() / 2; }

  /// In which stream a new entry starts.
  std::uint32_t stream_for(Queue queue, Instant now, std::int64_t keep_until) const;
  /// Entries of this size skip the small queue, which they would flush.
  bool too_large_for_small(std::uint64_t record_bytes) const;

 private:
  std::uint32_t next_victim(Instant now);
  void clean(std::uint32_t block, Instant now, bool merciless, std::vector<Removed>* removed);
  bool move(const RecordRef& ref, const RecordFields& fields, Shared<std::uint64_t>& slot, std::uint32_t stream,
            std::uint32_t hits);
  bool invalidated(const RecordRef& ref, const RecordFields& fields) const;

  Segment& segment_;
};

/// The record is not in the index (any more): blocks that hold nothing else are freed at once. Under the shard's lock.
void retire(Segment& segment, const RecordRef& ref);
/// Takes a slot's entry out of the index and retires its record. Under the shard's lock.
void unpublish(Segment& segment, std::uint16_t shard, Shared<std::uint64_t>& slot, const RecordRef& ref);

}  // namespace freshet::segment
