// Where each key's record lies: two candidate buckets of eight slots per key, each slot one atomic word.
//
// An entry never moves between slots, so a reader that looks at both buckets cannot miss what is there all the time.
// Two choices keep buckets evenly filled up to some 95 % (Azar et al., STOC '94). The hash is keyed with the segment's
// secret, and a lookup looks at sixteen slots at most, whatever keys an attacker chooses (I8).
//
// Threads: reading from any thread; everything that changes a slot under the lock of its shard, but for hit().
#pragma once

#include "segment/layout.h"

#include <cstdint>
#include <string_view>

namespace freshet::segment {

/// A key's hash and the places that follow from it.
struct KeyHash {
  std::uint64_t hash = 0;
  std::uint16_t shard = 0;
  std::uint16_t fingerprint = 0;
  std::uint32_t bucket[2] = {0, 0};
  std::uint32_t ghost_bucket = 0;
  std::uint32_t ghost_fingerprint = 0;  ///< never 0
};

class Index {
 public:
  Index(Bucket* buckets, GhostBucket* ghosts, const Geometry& geometry, const std::uint8_t* secret)
      : buckets_(buckets), ghosts_(ghosts), geometry_(geometry), secret_(secret) {}

  KeyHash hash(std::string_view key) const;
  std::uint64_t hash_name(std::string_view name) const;

  /// Slot `i` (0 to 15) of the key's two buckets.
  Shared<std::uint64_t>& slot(const KeyHash& key, std::uint32_t i) const {
    return bucket(key, i / kSlotsPerBucket).slot[i % kSlotsPerBucket];
  }
  static constexpr std::uint32_t kCandidates = 2 * kSlotsPerBucket;

  void prefetch(const KeyHash& key) const {
    __builtin_prefetch(&bucket(key, 0));
    __builtin_prefetch(&bucket(key, 1));
  }

  /// Counts a hit, unless the counter is at its top already: a hot entry's slot is not written at all.
  static void hit(Shared<std::uint64_t>& slot, Slot seen);

  /// An empty slot in the emptier of the two buckets, or null.
  Shared<std::uint64_t>* empty_slot(const KeyHash& key) const;
  /// The slot with the fewest hits among the key's sixteen, to be evicted for it.
  Shared<std::uint64_t>& coldest_slot(const KeyHash& key) const;
  /// The slot that holds exactly this log offset, or null.
  Shared<std::uint64_t>* slot_of(const KeyHash& key, std::uint64_t log_offset) const;

  /// Remembers an eviction (from the small queue: a second arrival goes to the main queue; from the main queue: only
  /// the reason of a miss).
  void add_ghost(const KeyHash& key, Queue from);
  /// True when the key was evicted lately; `from` tells from which queue.
  bool find_ghost(const KeyHash& key, Queue& from) const;

 private:
  Bucket& bucket(const KeyHash& key, std::uint32_t choice) const {
    return buckets_[std::uint64_t{key.shard} * geometry_.buckets_per_shard + key.bucket[choice]];
  }
  GhostBucket& ghosts(const KeyHash& key) const {
    return ghosts_[std::uint64_t{key.shard} * geometry_.ghosts_per_shard + key.ghost_bucket];
  }

  Bucket* buckets_;
  GhostBucket* ghosts_;
  const Geometry& geometry_;
  const std::uint8_t* secret_;
};

}  // namespace freshet::segment
