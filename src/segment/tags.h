// Invalidation by generation: one sequence for the whole segment, one slot per (hashed) tag.
//
// Invalidating a tag takes the next number and writes it to the tag's slot. An entry carries the number that was
// current when its load *began*, and is valid while none of its slots holds a greater one. So an invalidation costs the
// same for ten entries and ten million (I5), reaches fills that are still under way (I3), and compares no clocks (I6).
// Two tags that share a slot invalidate too much, never too little.
//
// Threads: all members from any thread, without locks.
#pragma once

#include "platform/pause_point.h"
#include "segment/layout.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace freshet::segment {

class Tags {
 public:
  Tags(Superblock& superblock, Shared<std::uint64_t>* slots, const Geometry& geometry)
      : superblock_(superblock), slots_(slots), mask_(geometry.tag_slots - 1) {}

  /// Before a load, or a write of what is known already: what comes after this invalidates it.
  std::uint64_t sequence() const { return superblock_.sequence.load(); }
  std::uint32_t slot_of(std::uint64_t tag_hash) const { return static_cast<std::uint32_t>(tag_hash >> 20) & mask_; }

  /// True when the slot (read from a record, so unchecked) was invalidated after `sequence`.
  bool invalidated(std::uint32_t slot, std::uint64_t sequence) const {
    // Acquire: whoever sees the invalidation sees what the invalidating process wrote before it.
    return slots_[slot & mask_].load(std::memory_order_acquire) > sequence;
  }
  bool cleared(std::uint64_t sequence) const {
    return superblock_.cleared_at.load(std::memory_order_acquire) > sequence;
  }
  /// Relaxed: for whoever looks for memory to take back, and asks cleared() before it does.
  std::uint64_t cleared_at() const { return superblock_.cleared_at.load(std::memory_order_relaxed); }

  /// False for what no invalidation can have left: damaged bytes. With a number ahead of the sequence, all that is
  /// stored from now on would be invalid; near its end it would begin anew. Only while nobody else is attached.
  bool is_sound() const {
    const std::uint64_t now = sequence();
    if (now == 0 || now > kMostSequence || cleared_at() > now) return false;
    return std::none_of(slots_, slots_ + mask_ + 1, [now](const Shared<std::uint64_t>& slot) {
      return slot.load(std::memory_order_relaxed) > now;
    });
  }

  void invalidate(std::uint32_t slot) { raise(slots_[slot & mask_]); }
  void clear() { raise(superblock_.cleared_at); }

 private:
  // Out of reach: a million invalidations a second take some 300,000 years.
  static constexpr std::uint64_t kMostSequence = std::uint64_t{1} << 63;

  // Taking the number and writing it are two steps. A load that begins in between notes the new number and is not
  // invalidated: rightly so, since it reads after the invalidation was called.
  void raise(Shared<std::uint64_t>& slot) {
    const std::uint64_t number = superblock_.sequence.fetch_add(1) + 1;
    platform::pause_point("tags.number_taken");
    std::uint64_t seen = slot.load();
    while (seen < number && !slot.compare_exchange_weak(seen, number)) {
    }
  }

  Superblock& superblock_;
  Shared<std::uint64_t>* slots_;
  std::uint32_t mask_;
};

}  // namespace freshet::segment
