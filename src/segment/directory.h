// The pages of the index, and each shard's directory of them: extendible hashing (Fagin et al., TODS '79).
//
// A page is one block of the log, full of buckets. A shard begins with one page; a page that is full splits: the words
// whose position lies in the upper half of its range move to a new page, to the same bucket and slot. A position is the
// top of a slot's word, so a split reads no record. A page's range is an aligned power of two of directory entries, and
// all of them name it: nothing else tells the range. Pages never shrink and are never given back: a reader may look at
// one at any time.
//
// If positions were uniform all pages would fill up at the same moment, and the whole table would swing between half
// and completely full. So Index takes positions from a curve under which loads differ by up to a factor of two (spiral
// storage, Martin '79): some page is always about to split, and the table as a whole is always two thirds full.
//
// Why a lock-free reader misses nothing that is there all the time, and is served nothing that is not. It loads the
// directory entry (acquire), looks at the key's slots, and after a miss (acquire fence) loads the directory entry
// again; if that changed it starts anew. A word leaves the slot in which readers may look for it in one order only:
//
//   1. a copy is stored at its new place, in the same page or a new one    (release)
//   2. the key's directory entry changes: another version, another page    (release)
//   3. the old slot is cleared                                             (release)
//
// A reader that found the old slot cleared or overwritten acquired step 3, or something later, and so sees step 2 when
// it looks at the directory entry again: it retries. One that loaded the directory entry after step 2 acquired step 1
// and finds the copy. A directory entry never returns to an earlier value (versions grow, pages are never given back),
// so "unchanged" means that neither happened. And whatever word a reader finds, in whichever copy, names a place in the
// log: the record there is retired only after step 3, under the same lock, and the reader compares the whole key and
// the block's generation in any case.
//
// A reader counts a hit by compare-and-set on the slot in which it found the word. Between steps 1 and 3 that count is
// lost. After step 3 the slot holds the very same word only if the entry came back to this slot, and then the count is
// right.
//
// Threads: look() from any thread; the rest under the lock of the shard.
#pragma once

#include "segment/block_pool.h"
#include "segment/layout.h"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace freshet::segment {

class Directory {
 public:
  /// `blocks` is where the log's blocks lie.
  Directory(Shared<std::uint64_t>* entries, std::byte* blocks, BlockPool& pool, const Geometry& geometry)
      : entries_(entries),
        blocks_(blocks),
        pool_(pool),
        geometry_(geometry),
        number_shift_(static_cast<int>(kPositionBits - geometry.directory_bits)),
        block_shift_(std::countr_zero(geometry.block_bytes)),
        flip_mask_((geometry.buckets_per_page() - 1) << kFlipShift) {}

  /// Gives every shard its first page. Only while nobody else is attached, and the blocks are all zeros.
  void format();
  /// False when an entry names a block that cannot be a page: damaged bytes. `alone`: nobody else is attached.
  bool is_sound(bool alone) const;

  PageName look(std::uint16_t shard, std::uint32_t position) const {
    // Acquire: see above.
    return PageName{entry(shard, number_of(position)).load(std::memory_order_acquire)};
  }
  Bucket* page(PageName name) const {
    return reinterpret_cast<Bucket*>(blocks_ + (std::uint64_t{name.block()} << block_shift_));
  }

  /// Splits the page of this position. False when the directory is as fine as it gets, the pool has no block beyond
  /// `keep_free`, or the index has its share of all blocks.
  bool split(std::uint16_t shard, std::uint32_t position, std::uint32_t keep_free);
  /// Moves a word within its page.
  void move(std::uint16_t shard, Shared<std::uint64_t>& from, Shared<std::uint64_t>& to);

  /// After a death inside the shard: ends the split that was under way, empties slots whose word is elsewhere too, and
  /// frees a page that nobody has come to read.
  void mend(std::uint16_t shard);

  /// Calls `visit(page, block, first, count)` for each page of the shard: the entries [first, first + count) name it.
  template <class Visit>
  void for_each_page(std::uint16_t shard, Visit&& visit) const {
    const std::uint32_t all = entries();
    for (std::uint32_t first = 0, next = 0; first < all; first = next) {
      const PageName name{entry(shard, first).load(std::memory_order_acquire)};
      for (next = first + 1; next < all && block_of(shard, next) == name.block(); ++next) {
      }
      visit(page(name), name.block(), first, next - first);
    }
  }

  /// Of all shards.
  std::uint32_t pages() const { return pool_.index_count(); }
  std::uint32_t entries() const { return std::uint32_t{1} << geometry_.directory_bits; }
  std::uint32_t number_of(std::uint32_t position) const { return position >> number_shift_; }
  /// The other bucket of a key with this position: the same function leads back.
  std::uint32_t other_bucket(std::uint32_t bucket, std::uint32_t position) const {
    // Fibonacci hashing. Never zero, so that the two differ.
    const std::uint32_t flip = position * 0x9E3779B1U & flip_mask_;
    return bucket ^ (flip == 0 ? 1 : flip >> kFlipShift);
  }

 private:
  // From the middle of the product: its lowest bits depend on the lowest of the position only, and the highest of the
  // position are the same all over a page.
  static constexpr int kFlipShift = 16;

  Shared<std::uint64_t>& entry(std::uint16_t shard, std::uint32_t number) const {
    return entries_[(std::uint64_t{shard} << geometry_.directory_bits) + number];
  }
  std::uint32_t block_of(std::uint16_t shard, std::uint32_t number) const {
    return PageName{entry(shard, number).load(std::memory_order_relaxed)}.block();
  }
  void publish(std::uint16_t shard, std::uint32_t block, std::uint32_t from, std::uint32_t until);
  void announce(std::uint16_t shard, std::uint32_t position);
  void clear_strangers(std::uint16_t shard, Bucket* page, std::uint32_t first, std::uint32_t count);
  void clear_copies(std::uint16_t shard, Bucket* page);

  Shared<std::uint64_t>* entries_;
  std::byte* blocks_;
  BlockPool& pool_;
  const Geometry& geometry_;
  int number_shift_;
  int block_shift_;
  std::uint32_t flip_mask_;
};

}  // namespace freshet::segment
