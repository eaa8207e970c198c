#include "segment/block_pool.h"

#include "platform/pause_point.h"
#include "platform/robust_mutex.h"

#include <algorithm>
#include <vector>

namespace freshet::segment {

// Locks the pool; whoever finds that the last owner died inside rebuilds the lists from the descriptors first.
class BlockPool::Guard {
 public:
  explicit Guard(BlockPool& pool) : lock_(pool.pool_.mutex, [&pool] { pool.rebuild(); }) {}

 private:
  platform::RobustLock lock_;
};

void BlockPool::format() {
  pool_.mutex.initialise();
  for (std::uint32_t i = 0; i < geometry_.blocks; ++i) {
    BlockDescriptor& d = descriptors_[i];
    d.generation.store(0);
    d.next_in_log.store(kNone);
    d.continues.store(0);
    d.pinned.store(0);
    d.state = BlockState::free;
    d.owner = kNone;
  }
  pool_.opened = 0;
  rebuild();
}

void BlockPool::recover() {
  pool_.mutex.initialise();
  for (std::uint32_t i = 0; i < geometry_.blocks; ++i) {
    BlockDescriptor& d = descriptors_[i];
    // A damaged file: the block is lost, and Segment::forget_lost_blocks() empties the slots that lead into it.
    if (!is_sound(d)) d.state = BlockState::free;
  }
  rebuild();
  take_back_where([](const BlockDescriptor&) { return true; });
}

// Everything that is used as a place without a further look.
bool BlockPool::is_sound(const BlockDescriptor& d) const {
  const auto inside = [this](std::uint32_t offset) {
    return offset <= geometry_.block_bytes && offset % kRecordAlignment == 0;
  };
  // Pages of the index have been looked at through their directory; the rest of their descriptors means nothing.
  if (d.state == BlockState::index) return d.shard < geometry_.shards;
  if (d.state == BlockState::filling && d.generation.load() % 2 == 0) return false;
  return d.state < BlockState::index && d.stream < kStreams && d.shard < geometry_.shards && inside(d.first_record) &&
         inside(d.head_offset) && inside(d.write_offset.load());
}

// Odd means valid (see BlockDescriptor): a block that holds no records and said so would lose all that is put into it,
// and be believed when it is empty.
void BlockPool::end_stray_life(BlockDescriptor& d) {
  if (d.generation.load() % 2 != 0) d.generation.fetch_add(1);
}

// The descriptors are the truth, the lists only make it quick to find.
void BlockPool::rebuild() {
  pool_.free_head = pool_.condemned_head = pool_.condemned_tail = kNone;
  std::fill(std::begin(pool_.head), std::end(pool_.head), kNone);
  std::fill(std::begin(pool_.tail), std::end(pool_.tail), kNone);
  pool_.free_count.store(0);
  pool_.index_count.store(0);
  for (auto& n : pool_.queued) n.store(0);
  std::vector<std::uint32_t> filling;
  for (std::uint32_t i = geometry_.blocks; i-- > 0;) {
    BlockDescriptor& d = descriptors_[i];
    switch (d.state) {
      case BlockState::free:
        // It was about to be opened.
        end_stray_life(d);
        push_free(i);
        break;
      case BlockState::filling:
        filling.push_back(i);
        break;
      case BlockState::cleaning:
        // Its owner lives, or take_back_from() will come; without an owner it was on its way in or out.
        if (d.owner == kNone) settle(i);
        if (d.state == BlockState::filling) filling.push_back(i);
        if (d.state == BlockState::condemned) push_condemned(i);
        if (d.state == BlockState::free) push_free(i);
        break;
      case BlockState::condemned:
        end_stray_life(d);
        push_condemned(i);
        break;
      case BlockState::index:
        end_stray_life(d);
        pool_.index_count.fetch_add(1);
        break;
    }
  }
  std::sort(filling.begin(), filling.end(), [this](std::uint32_t a, std::uint32_t b) {
    return static_cast<std::int32_t>(descriptors_[a].opened - descriptors_[b].opened) < 0;
  });
  for (const std::uint32_t block : filling) push_tail(block);
}

void BlockPool::push_free(std::uint32_t block) {
  BlockDescriptor& d = descriptors_[block];
  d.state = BlockState::free;
  d.next = pool_.free_head;
  pool_.free_head = block;
  pool_.free_count.fetch_add(1);
}

void BlockPool::push_condemned(std::uint32_t block) {
  BlockDescriptor& d = descriptors_[block];
  d.state = BlockState::condemned;
  d.next = kNone;
  (pool_.condemned_tail == kNone ? pool_.condemned_head : descriptors_[pool_.condemned_tail].next) = block;
  pool_.condemned_tail = block;
}

void BlockPool::put_away(std::uint32_t block, bool pinned) {
  // The owner last: until the block is in its new state, whoever buries this process must find what it had in hand.
  pinned ? push_condemned(block) : push_free(block);
  platform::pause_point("pool.put_away");
  descriptors_[block].owner = kNone;
}

void BlockPool::push_tail(std::uint32_t block) {
  BlockDescriptor& d = descriptors_[block];
  const std::uint32_t s = d.stream;
  d.next = kNone;
  d.previous = pool_.tail[s];
  if (pool_.tail[s] == kNone) {
    pool_.head[s] = block;
  } else {
    descriptors_[pool_.tail[s]].next = block;
  }
  pool_.tail[s] = block;
  pool_.queued[static_cast<std::uint32_t>(queue_of(s))].fetch_add(1);
}

void BlockPool::unlink(std::uint32_t block) {
  BlockDescriptor& d = descriptors_[block];
  const std::uint32_t s = d.stream;
  (d.previous == kNone ? pool_.head[s] : descriptors_[d.previous].next) = d.next;
  (d.next == kNone ? pool_.tail[s] : descriptors_[d.next].previous) = d.previous;
  pool_.queued[static_cast<std::uint32_t>(queue_of(s))].fetch_sub(1);
}

std::uint32_t BlockPool::open(std::uint16_t shard, std::uint32_t stream, std::uint32_t keep_free) {
  const Guard guard(*this);
  if (pool_.free_head == kNone || pool_.free_count.load() <= keep_free) return kNone;
  const std::uint32_t block = pool_.free_head;
  BlockDescriptor& d = descriptors_[block];
  pool_.free_head = d.next;
  pool_.free_count.fetch_sub(1);
  platform::pause_point("pool.open");
  d.shard = shard;
  d.stream = static_cast<std::uint8_t>(stream);
  d.opened = pool_.opened++;
  d.first_record = 0;
  d.head_offset = 0;
  d.write_offset.store(0);
  d.live_bytes.store(0);
  d.keep_until.store(0);
  d.newest_sequence.store(0);
  // No life of a free block is pinned, so the hint starts anew.
  d.pinned.store(0);
  d.next_in_log.store(kNone);
  d.continues.store(0);
  d.base_time.store(0, std::memory_order_relaxed);
  d.base_sequence.store(0, std::memory_order_relaxed);
  for (auto& colour : d.palette) colour.store(0, std::memory_order_relaxed);
  d.owner = kNone;
  // The new life begins after `continues` was cleared: a reader on its way into the life before would else find its
  // record continued here, in bytes of another.
  d.generation.fetch_add(1);
  platform::pause_point("pool.opened");
  d.state = BlockState::filling;
  push_tail(block);
  return block;
}

std::uint32_t BlockPool::take_for_index(std::uint16_t shard, std::uint32_t keep_free) {
  const Guard guard(*this);
  if (pool_.free_head == kNone || pool_.free_count.load() <= keep_free) return kNone;
  if (pool_.index_count.load() >= geometry_.most_index_blocks()) return kNone;
  const std::uint32_t block = pool_.free_head;
  BlockDescriptor& d = descriptors_[block];
  pool_.free_head = d.next;
  pool_.free_count.fetch_sub(1);
  pool_.index_count.fetch_add(1);
  // No owner: a death from here on leaves the shard's lock to be mended, and whoever does that looks for such blocks.
  d.owner = kNone;
  d.shard = shard;
  d.write_offset.store(0);
  d.live_bytes.store(0);
  platform::pause_point("pool.index_taken");
  d.state = BlockState::index;
  return block;
}

void BlockPool::give_back_unused_pages(std::uint16_t shard, const std::vector<bool>& in_use) {
  const Guard guard(*this);
  for (std::uint32_t i = 0; i < geometry_.blocks; ++i) {
    const BlockDescriptor& d = descriptors_[i];
    if (d.state != BlockState::index || d.shard != shard || in_use[i]) continue;
    pool_.index_count.fetch_sub(1);
    push_free(i);
  }
}

std::uint32_t BlockPool::take_oldest(Queue queue) {
  const std::uint32_t owner = processes_.own_slot();
  if (owner == kNone) return kNone;
  const Guard guard(*this);
  std::uint32_t oldest = kNone;
  for (std::uint32_t lifetime = 0; lifetime < kLifetimes; ++lifetime) {
    const std::uint32_t head = pool_.head[stream(queue, lifetime)];
    if (head == kNone) continue;
    if (oldest == kNone || static_cast<std::int32_t>(descriptors_[head].opened - descriptors_[oldest].opened) < 0) {
      oldest = head;
    }
  }
  if (oldest == kNone) return kNone;
  unlink(oldest);
  platform::pause_point("pool.take");
  descriptors_[oldest].owner = owner;
  descriptors_[oldest].state = BlockState::cleaning;
  return oldest;
}

std::uint32_t BlockPool::take_dead(std::int64_t now, std::uint64_t cleared_at) {
  const std::uint32_t owner = processes_.own_slot();
  if (owner == kNone) return kNone;
  const Guard guard(*this);
  for (std::uint32_t s = 0; s < kStreams; ++s) {
    const std::uint32_t head = pool_.head[s];
    // The newest block of a stream may be open and about to receive longer-lived entries; it waits for its turn.
    if (head == kNone || head == pool_.tail[s]) continue;
    BlockDescriptor& d = descriptors_[head];
    if (d.write_offset.load(std::memory_order_relaxed) == 0) continue;
    if (d.keep_until.load(std::memory_order_relaxed) >= now &&
        d.newest_sequence.load(std::memory_order_relaxed) >= cleared_at) {
      continue;
    }
    unlink(head);
    d.owner = owner;
    d.state = BlockState::cleaning;
    return head;
  }
  return kNone;
}

bool BlockPool::take(std::uint32_t block) {
  const std::uint32_t owner = processes_.own_slot();
  if (owner == kNone) return false;
  const Guard guard(*this);
  BlockDescriptor& d = descriptors_[block];
  if (d.state != BlockState::filling) return false;
  unlink(block);
  d.owner = owner;
  d.state = BlockState::cleaning;
  return true;
}

void BlockPool::end_life(std::uint32_t block) {
  // Sequentially consistent, and a fence behind it: no byte of the next life is written before readers can see that
  // this one has ended (Cursor::valid), and a reader that pins either sees the new number or is seen (pin()).
  descriptors_[block].generation.fetch_add(1);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  platform::pause_point("pool.life_ended");
}

bool BlockPool::is_pinned(std::uint32_t block) {
  BlockDescriptor& d = descriptors_[block];
  // The generation was bumped before this: it names the life that ended.
  const BlockLife ended{block, d.generation.load() - 1};
  if (d.pinned.load() != 0 && processes_.is_pinned(ended)) return true;
  // A record that began in an earlier block runs into this one: who reads it has pinned that block's life.
  const BlockLife head = BlockLife::of(d.continues.load());
  return head.block < geometry_.blocks && descriptors_[head.block].pinned.load() != 0 && processes_.is_pinned(head);
}

void BlockPool::give_back(std::uint32_t block) {
  const bool pinned = is_pinned(block);
  const Guard guard(*this);
  put_away(block, pinned);
}

void BlockPool::free_unpinned(std::uint32_t most) {
  const Guard guard(*this);
  for (std::uint32_t looked = 0; looked < most && pool_.condemned_head != kNone; ++looked) {
    const std::uint32_t block = pool_.condemned_head;
    pool_.condemned_head = descriptors_[block].next;
    if (pool_.condemned_head == kNone) pool_.condemned_tail = kNone;
    platform::pause_point("pool.uncondemn");
    // What is still pinned goes behind the others: the next call looks at those first.
    put_away(block, is_pinned(block));
  }
}

// A block that nobody cleans any more. Its life may have ended already: then nothing leads to its content, but readers
// may still hold it pinned.
void BlockPool::settle(std::uint32_t block) {
  BlockDescriptor& d = descriptors_[block];
  const bool alive = d.generation.load() % 2 != 0;
  d.state = alive ? BlockState::filling : is_pinned(block) ? BlockState::condemned : BlockState::free;
}

template <class Mine>
void BlockPool::take_back_where(Mine&& mine) {
  bool any = false;
  for (std::uint32_t i = 0; i < geometry_.blocks; ++i) {
    BlockDescriptor& d = descriptors_[i];
    if (d.state != BlockState::cleaning || !mine(d)) continue;
    settle(i);
    d.owner = kNone;
    any = true;
  }
  if (any) rebuild();
}

void BlockPool::take_back_from(std::uint32_t dead_owner) {
  const Guard guard(*this);
  take_back_where([dead_owner](const BlockDescriptor& d) { return d.owner == dead_owner; });
}

}  // namespace freshet::segment
