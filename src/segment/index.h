// Where each key's record lies: two candidate buckets of eight slots per key, each slot one atomic word, and in the
// slack between the entries the ghosts of those that were evicted.
//
// The buckets lie in pages that split as the table grows (see Directory, which also says why readers need no lock).
// With two choices (Azar et al., STOC '94) a page would still overflow when it is two thirds full, and when entries
// come and go even earlier. So when all sixteen slots of a key hold entries, one of these moves to its other bucket, or
// makes room there by moving another, in a search of bounded length: as in cuckoo hashing with partial keys (MemC3,
// NSDI '13). Pages split at some 95 %.
//
// The hash is keyed with the segment's secret, and a lookup looks at sixteen slots at most, whatever keys an attacker
// chooses (I8).
//
// Threads: reading from any thread; everything that changes a slot under the lock of its shard, but for hit().
#pragma once

#include "segment/admission.h"
#include "segment/bucket_match.h"
#include "segment/directory.h"
#include "segment/layout.h"

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

namespace freshet::segment {

/// x of 30 bits to a position, monotone: y = x (4 - x) / 3. It approximates log2(1 + x), under which the loads of
/// equally wide ranges are spread over a factor of two, evenly on a logarithmic scale; its slope falls from 4/3 to 2/3,
/// exactly by half, so that the last range of one doubling is as full as the first of the next.
constexpr std::uint32_t position_of(std::uint64_t x) {
  constexpr int kBits = 30;
  const std::uint64_t y = x * ((std::uint64_t{4} << kBits) - x) / 3;  // of 60 bits
  return static_cast<std::uint32_t>(y >> (2 * kBits - static_cast<int>(kPositionBits)));
}
static_assert(position_of(0) == 0 && position_of((1U << 30) - 1) == (1U << kPositionBits) - 1);

/// A key's hash and the places that follow from it.
struct KeyHash {
  std::uint64_t hash = 0;
  std::uint32_t position = 0;  ///< see Slot
  std::uint16_t shard = 0;
  std::uint32_t bucket[2] = {0, 0};  ///< within the page
};

class Index {
 public:
  static constexpr std::uint32_t kCandidates = 2 * kSlotsPerBucket;

  Index(const Directory& directory, const Admission& admission, const Geometry& geometry, const std::uint8_t* secret)
      : directory_(directory),
        admission_(admission),
        geometry_(geometry),
        shard_shift_(64 - std::countr_zero(geometry.shards)),
        bucket_mask_(geometry.buckets_per_page() - 1),
        secret_(secret) {}

  KeyHash hash(std::string_view key) const {
    KeyHash k;
    k.hash = hash_name(key);
    // Separate bits for each purpose: six for the shard, thirty for the position, the lowest (at most twelve) for the
    // bucket. The other bucket follows from bucket and position, so that an entry can move without being read.
    k.shard = static_cast<std::uint16_t>(k.hash >> 1 >> (shard_shift_ - 1));  // by 64, for one shard
    k.position = position_of(k.hash >> 28 & ((std::uint64_t{1} << 30) - 1));
    k.bucket[0] = static_cast<std::uint32_t>(k.hash) & bucket_mask_;
    k.bucket[1] = directory_.other_bucket(k.bucket[0], k.position);
    return k;
  }
  std::uint64_t hash_name(std::string_view name) const;

  /// The sixteen slots in which a key may be, as of one look at the directory.
  class Places {
   public:
    Shared<std::uint64_t>& operator[](std::uint32_t i) const {
      return bucket_[i / kSlotsPerBucket]->slot[i % kSlotsPerBucket];
    }

    /// One of the two: a hit in the first does not wait for the second to come from memory.
    Bucket& bucket(int choice) const { return *bucket_[choice]; }

    /// Which of the sixteen hold an entry (or, when the position is 0, perhaps nothing) with this position: bit `i` for
    /// slot `i`.
    std::uint32_t entries_at(std::uint32_t position) const { return words_at(position, false); }
    std::uint32_t ghosts_at(std::uint32_t position) const { return words_at(position, true); }

   private:
    friend class Index;
    std::uint32_t words_at(std::uint32_t position, bool ghost) const {
      return slots_at(*bucket_[0], position, ghost) | slots_at(*bucket_[1], position, ghost) << kSlotsPerBucket;
    }

    Bucket* bucket_[2];
    PageName page_;
  };
  Places places(const KeyHash& key) const {
    Places p;
    p.page_ = directory_.look(key.shard, key.position);
    Bucket* page = directory_.page(p.page_);
    for (int choice = 0; choice < 2; ++choice) {
      p.bucket_[choice] = page + key.bucket[choice];
      __builtin_prefetch(p.bucket_[choice]);
    }
    return p;
  }
  void prefetch(const KeyHash& key) const { static_cast<void>(places(key)); }
  /// After a look that found nothing, without the shard's lock: true when the key's entry may have moved meanwhile, so
  /// that the look says nothing.
  bool moved(const KeyHash& key, const Places& places) const {
    // Acquire: what was seen cleared or overwritten was so after the directory changed.
    std::atomic_thread_fence(std::memory_order_acquire);
    return directory_.look(key.shard, key.position).word != places.page_.word;
  }

  /// Counts a hit, unless the counter is at its top already: a hot entry's slot is not written at all.
  static void hit(Shared<std::uint64_t>& slot, Slot seen) {
    if (seen.hits() >= Slot::kMostHits) return;
    std::uint64_t expected = seen.word;
    // Relaxed: the counter orders nothing. Losing a race loses one count.
    slot.compare_exchange_weak(expected, seen.with_hits(seen.hits() + 1).word, std::memory_order_relaxed);
  }
  /// The slot that holds exactly this log offset, or null. Under the shard's lock.
  Shared<std::uint64_t>* slot_of(const KeyHash& key, std::uint64_t log_offset) const;

  // --- making room, under the shard's lock ---

  struct Room {
    Shared<std::uint64_t>* slot;
    bool occupied;  ///< by an entry, which is to leave first
  };
  /// Where a key that has no entry is to be put. In this order: the key's own ghost; a free slot, in the first bucket
  /// if there is one (a ghost that is forgotten counts as free); the oldest ghost of the sixteen; what can be freed by
  /// moving entries; a split, if the pool has a block beyond `keep_free`; the coldest entry of the sixteen.
  ///
  /// The first bucket, and not the emptier one as two choices are usually made: the buckets fill less evenly, which the
  /// moves make up for, but most lookups end in the first one, and the processor foresees that they do.
  Room room_for(const KeyHash& key, std::uint32_t keep_free);

  /// Makes the entry in the slot a ghost of this queue.
  void bury(Shared<std::uint64_t>& slot, Queue from);
  /// The key's ghost, unless it is forgotten. Another key's with the same position and bucket is taken for it. From any
  /// thread; without the lock it may be a moment late.
  std::optional<GhostMark> find_ghost(const KeyHash& key) const;

  // --- all of a shard, under its lock ---

  const Directory& directory() const { return directory_; }

  template <class Visit>
  void for_each_slot(std::uint16_t shard, Visit&& visit) const {
    directory_.for_each_page(shard, [&](Bucket* page, std::uint32_t, std::uint32_t, std::uint32_t) {
      for (std::uint32_t b = 0; b < geometry_.buckets_per_page(); ++b) {
        for (auto& slot : page[b].slot) visit(slot);
      }
    });
  }
  /// After a death inside the shard. Returns the number of entries.
  std::uint64_t mend(std::uint16_t shard);

 private:
  struct Vacancy {
    Shared<std::uint64_t>* slot;
    bool costs_ghost;  ///< one that is not forgotten yet
  };
  Vacancy find_vacancy(const KeyHash& key, const Places& places) const;
  Shared<std::uint64_t>* make_vacancy(const KeyHash& key);
  Shared<std::uint64_t>& coldest(const KeyHash& key) const;

  Directory directory_;
  const Admission& admission_;
  const Geometry& geometry_;
  const int shard_shift_;
  const std::uint32_t bucket_mask_;
  const std::uint8_t* secret_;
};

}  // namespace freshet::segment
