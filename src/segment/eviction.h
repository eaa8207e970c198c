// What leaves when there is no room: the rule of admission.h, applied to the blocks of the log.
//
// When a block comes to the end of its queue its records are judged one by one: what stays is copied to the tail of the
// main queue, the rest leaves and is remembered as ghosts. So eviction and log cleaning are one thing, and no list is
// maintained on a hit. Blocks whose entries have all passed their last useful instant go first, found in O(1) because
// entries of similar lifetime share blocks (Segcache, NSDI '21).
//
// A block is cleaned by instalments: each put into a full log judges some records, a few times what it stores, so that
// no put pays for a whole block (I5). The block in hand is noted in the process's slot, shared by its threads.
#pragma once

#include "segment/segment.h"

#include <freshet/time.h>

#include <atomic>
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
/// Cost: proportional to what is stored.
class Eviction {
 public:
  explicit Eviction(Segment& segment) : segment_(segment) {}

  /// Sees to it that a record of `bytes` can be stored. False when that cannot be had (all pinned, or all being cleaned
  /// by others). `removed` may be null.
  bool make_room(std::uint64_t bytes, Instant now, std::vector<Removed>* removed);

  /// Blocks that writers leave alone, so that survivors of a cleaning always find room to move to.
  std::uint32_t kept_for_moves() const;
  /// Free blocks that the index leaves alone when it grows.
  std::uint32_t kept_from_index() const { return kept_for_moves() / 2; }

  /// Where a newcomer starts. Under its shard's lock, once for each.
  Entrance enter(const KeyHash& hash, std::uint64_t record_bytes);
  /// A newcomer or another value was stored.
  void stored(const RecordFields& fields);
  std::uint32_t stream_for(Queue queue, Instant now, std::int64_t keep_until) const;

 private:
  class Turn;
  void instalment(std::uint64_t bytes, Instant now, std::vector<Removed>* removed);
  bool advance(Sweep& sweep, std::uint64_t bytes, Instant now, std::vector<Removed>* removed);
  struct Candidate {
    RecordRef ref;
    RecordFields fields;
    KeyHash hash;
  };
  bool identify(const RecordRef& ref, const RecordFields& fields, Candidate& candidate);
  std::string key_of(const Candidate& candidate) const;
  void judge(Sweep& sweep, const Candidate& candidate, Instant now, std::vector<Removed>* removed);
  std::uint32_t next_victim(Instant now);
  std::uint64_t queue_bytes(Queue queue) const;
  bool move(const RecordRef& ref, const RecordFields& fields, Shared<std::uint64_t>& slot, std::uint32_t stream,
            const Fate& fate);
  bool invalidated(const RecordRef& ref, const RecordFields& fields) const;

  Segment& segment_;
  // How many in a row gave nothing back. Of this process; estimates, so relaxed.
  std::atomic<std::uint32_t> records_saved_{0};
  std::atomic<std::uint32_t> blocks_saved_{0};
};

/// The record is not in the index (any more): blocks that hold nothing else are freed at once. Under the shard's lock.
void retire(Segment& segment, const RecordRef& ref);
/// Takes a slot's entry out of the index and retires its record. Under the shard's lock.
void unpublish(Segment& segment, std::uint16_t shard, Shared<std::uint64_t>& slot, const RecordRef& ref);

}  // namespace freshet::segment
