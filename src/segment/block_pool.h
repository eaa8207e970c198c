// The blocks of the log: which are free, in which order the others were filled, and which are pages of the index.
//
// Threads: all members from any thread at once; inside, the pool's lock, which is the innermost lock of the segment.
// Errors: none; "no block" is kNone. Cost: O(1), but for recovery, which looks at every descriptor.
#pragma once

#include "segment/layout.h"
#include "segment/process_table.h"

#include <cstdint>
#include <vector>

namespace freshet::segment {

class BlockPool {
 public:
  BlockPool(Pool& pool, BlockDescriptor* descriptors, const Geometry& geometry, ProcessTable& processes)
      : pool_(pool), descriptors_(descriptors), geometry_(geometry), processes_(processes) {}

  /// All blocks free. Only while nobody else is attached.
  void format();
  /// Makes the lock and the lists anew; what anybody was cleaning goes back. Only while nobody else is attached.
  void recover();

  BlockDescriptor& operator[](std::uint32_t block) const { return descriptors_[block]; }
  std::uint32_t free_count() const { return pool_.free_count.load(std::memory_order_relaxed); }
  std::uint32_t queued(Queue queue) const {
    return pool_.queued[static_cast<std::uint32_t>(queue)].load(std::memory_order_relaxed);
  }

  /// How many blocks are pages of the index.
  std::uint32_t index_count() const { return pool_.index_count.load(std::memory_order_relaxed); }
  /// How many there are for records.
  std::uint32_t log_blocks() const { return geometry_.blocks - index_count(); }
  /// Takes a free block to be a page of the shard's index. Leaves `keep_free` blocks alone, and gives none beyond a
  /// third of all. Its content is what was left there; its generation says that no record lies in it. Under the shard's
  /// lock.
  std::uint32_t take_for_index(std::uint16_t shard, std::uint32_t keep_free);
  /// Frees the shard's index blocks that `in_use` does not name: pages that were taken and never came to be read.
  /// Looks at every descriptor. Under the shard's lock.
  void give_back_unused_pages(std::uint16_t shard, const std::vector<bool>& in_use);

  /// Takes a free block and puts it at the tail of its queue. Leaves `keep_free` blocks alone.
  std::uint32_t open(std::uint16_t shard, std::uint32_t stream, std::uint32_t keep_free);

  /// Takes the block at the head of the oldest of `queue`'s lifetimes out of its queue, to be cleaned by this process.
  /// A process without a slot of its own gets none: if it died, nobody could tell that the block is nobody's.
  std::uint32_t take_oldest(Queue queue);
  /// The same for a block all of whose entries died before `now` (microseconds since 1970), or were read before the
  /// sequence `cleared_at`; O(1).
  std::uint32_t take_dead(std::int64_t now, std::uint64_t cleared_at);
  /// The same for one block, if it waits in its queue.
  bool take(std::uint32_t block);

  /// Ends the life of a block that was taken: readers that are in it will notice. Under the lock of its shard.
  void end_life(std::uint32_t block);
  /// Ends the cleaning of a block whose life has ended: free at once, or as soon as the readers that hold it let go.
  void give_back(std::uint32_t block);
  /// Frees what was condemned and is not pinned any more. Looks at `most` blocks.
  void free_unpinned(std::uint32_t most);
  /// Puts the blocks that a dead process was cleaning back into their queues, or among the free if it got so far.
  void take_back_from(std::uint32_t dead_owner);

  static std::uint32_t stream(Queue queue, std::uint32_t lifetime) {
    return static_cast<std::uint32_t>(queue) * kLifetimes + lifetime;
  }
  static Queue queue_of(std::uint32_t stream) { return static_cast<Queue>(stream / kLifetimes); }

 private:
  class Guard;
  void push_tail(std::uint32_t block);
  void unlink(std::uint32_t block);
  void push_free(std::uint32_t block);
  bool is_sound(const BlockDescriptor& d) const;
  static void end_stray_life(BlockDescriptor& d);
  void rebuild();
  void push_condemned(std::uint32_t block);
  void put_away(std::uint32_t block, bool pinned);
  void settle(std::uint32_t block);
  template <class Mine>
  void take_back_where(Mine&& mine);
  bool is_pinned(std::uint32_t block);

  Pool& pool_;
  BlockDescriptor* descriptors_;
  const Geometry& geometry_;
  ProcessTable& processes_;
};

}  // namespace freshet::segment
