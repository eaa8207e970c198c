#include "segment/eviction.h"

#include "platform/pause_point.h"

#include <algorithm>
#include <thread>

namespace freshet::segment {
namespace {

// Read at least so often while in the small queue: the paper's threshold.
constexpr std::uint32_t kHitsToMain = 2;
// The small queue's share of the log.
constexpr std::uint32_t kSmallShare = 10;
// Larger records are not copied to survive; one copy would take longer than a caller should wait under the shard's
// lock.
constexpr std::uint64_t kMostMovedBytes = std::uint64_t{1} << 20;
// After so many blocks that gave nothing (everything in them was read lately) the next one is emptied whatever its
// hits: a set costs the same whatever the load (I5).
constexpr std::uint32_t kMercy = 12;

// Lifetimes that share blocks: seconds, minutes, hours, the rest.
constexpr Duration kLifetimeLimits[kLifetimes - 1] = {std::chrono::seconds(60), std::chrono::minutes(20),
                                                      std::chrono::hours(6)};

}  // namespace

std::uint32_t Eviction::kept_for_moves() const {
  return std::clamp<std::uint32_t>(segment_.geometry.blocks / 64, 2, 16);
}

std::uint32_t Eviction::ghosts_until(std::uint16_t shard) const {
  const std::uint64_t entries = segment_.shards[shard].entries.load(std::memory_order_relaxed);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(entries, UINT32_MAX));
}

std::uint32_t Eviction::stream_for(Queue queue, Instant now, std::int64_t keep_until) const {
  std::uint32_t lifetime = 0;
  const std::int64_t start = now.time_since_epoch().count();
  while (lifetime + 1 < kLifetimes && keep_until - start > kLifetimeLimits[lifetime].count()) ++lifetime;
  return BlockPool::stream(queue, lifetime);
}

bool Eviction::too_large_for_small(std::uint64_t record_bytes) const {
  return record_bytes > segment_.geometry.log_bytes() / kSmallShare / 8;
}

std::uint32_t Eviction::next_victim(Instant now) {
  BlockPool& pool = segment_.pool;
  std::uint32_t victim = pool.take_expired(now.time_since_epoch().count());
  if (victim != kNone) return victim;
  const bool small_first = pool.queued(Queue::small) > pool.log_blocks() / kSmallShare || pool.queued(Queue::main) == 0;
  victim = pool.take_oldest(small_first ? Queue::small : Queue::main);
  return victim != kNone ? victim : pool.take_oldest(small_first ? Queue::main : Queue::small);
}

bool Eviction::make_room(std::uint32_t blocks, Instant now, std::vector<Removed>* removed) {
  BlockPool& pool = segment_.pool;
  const std::uint32_t want = blocks + kept_for_moves();
  if (pool.free_count() >= want) return true;
  segment_.reap_now_and_then();
  std::uint32_t fruitless = 0;
  std::uint32_t empty_handed = 0;
  // Each block can be cleaned once without mercy, so twice the log is more than ever needed.
  for (std::uint32_t victims = 0; victims < 2 * segment_.geometry.blocks + 64; ++victims) {
    if (pool.free_count() >= want) return true;
    pool.free_unpinned(8);
    const std::uint32_t before = pool.free_count();
    const std::uint32_t victim = next_victim(now);
    if (victim == kNone) {
      // Other threads hold every block that could be cleaned, or readers do.
      if (++empty_handed > 64) return pool.free_count() > kept_for_moves();
      if (empty_handed == 8) segment_.reap();
      std::this_thread::yield();
      continue;
    }
    clean(victim, now, fruitless >= kMercy, removed);
    fruitless = pool.free_count() > before ? 0 : fruitless + 1;
  }
  return pool.free_count() >= want;
}

bool Eviction::invalidated(const RecordRef& ref, const RecordFields& fields) const {
  if (segment_.tags.cleared(fields.sequence)) return true;
  Cursor cursor(segment_.log, ref);
  for (std::uint32_t i = 0; i < fields.sizes.tags; ++i) {
    std::uint32_t slot = 0;
    if (!cursor.read(&slot, sizeof(slot))) return true;
    if (segment_.tags.invalidated(slot, fields.sequence)) return true;
  }
  return false;
}

bool Eviction::move(const RecordRef& ref, const RecordFields& fields, Shared<std::uint64_t>& slot, std::uint32_t stream,
                    std::uint32_t hits) {
  Log& log = segment_.log;
  std::uint32_t tag_bytes = 0;
  if (!log.tag_part_bytes(ref, fields, tag_bytes)) return false;
  const std::uint64_t body_bytes = Log::record_bytes(fields, tag_bytes) - sizeof(RecordHeader);
  thread_local std::string body;
  body.resize(body_bytes);
  Cursor cursor(log, ref);
  if (!cursor.read(body.data(), body_bytes) || !cursor.valid()) return false;
  const auto* bytes = reinterpret_cast<const std::byte*>(body.data());
  const NewRecord copy{fields,
                       {bytes, tag_bytes},
                       std::string_view(body).substr(tag_bytes, fields.sizes.key_bytes),
                       {bytes + tag_bytes + fields.sizes.key_bytes, fields.sizes.value_bytes}};
  RecordRef to;
  if (!log.reserve(segment_.pool[ref.life.block].shard, stream, copy, 0, to)) return false;
  log.fill(to, copy);
  platform::pause_point("eviction.moved");
  Slot seen{slot.load(std::memory_order_relaxed)};
  // Only hits can change under us: the shard is locked. Release: the copy is whole before it can be found.
  while (!slot.compare_exchange_weak(seen.word, Slot::make(seen.position(), log.log_offset(to), hits).word,
                                     std::memory_order_release, std::memory_order_relaxed)) {
  }
  log.account_dead(ref, nullptr);
  return true;
}

void Eviction::clean(std::uint32_t block, Instant now, bool merciless, std::vector<Removed>* removed) {
  const std::uint16_t shard = segment_.pool[block].shard;
  const std::uint32_t stream = segment_.pool[block].stream;
  const Queue queue = BlockPool::queue_of(stream);
  {
    platform::pause_point("eviction.taken");
    const Segment::ShardLock lock(segment_, shard);
    segment_.log.close(block);
    bool all_read = true;
    // The record that runs into this block comes first: its head may lie in a block that somebody else has taken, or
    // took and died, and after us it cannot be read any more.
    const bool walked = segment_.log.for_each_record(block, [&](const RecordRef& ref, const RecordFields& fields) {
      thread_local std::string key;
      key.resize(fields.sizes.key_bytes);
      Cursor cursor(segment_.log, ref);
      std::uint32_t tag_bytes = 0;
      if (!segment_.log.tag_part_bytes(ref, fields, tag_bytes) || !cursor.skip(tag_bytes) ||
          !cursor.read(key.data(), key.size()) || !cursor.valid()) {
        all_read = false;
        return;
      }
      const KeyHash hash = segment_.index.hash(key);
      Shared<std::uint64_t>* slot = segment_.index.slot_of(hash, segment_.log.log_offset(ref));
      if (slot == nullptr) return;  // overwritten, erased, or never published
      const std::uint32_t hits = Slot{slot->load(std::memory_order_relaxed)}.hits();

      Reason reason = queue == Queue::small ? Reason::evicted_unused : Reason::evicted_cold;
      if (fields.keep_until < now.time_since_epoch().count()) {
        reason = Reason::evicted_expired;
      } else if (invalidated(ref, fields)) {
        reason = Reason::evicted_invalidated;
      } else if (!merciless && hits >= (queue == Queue::small ? kHitsToMain : 1)) {
        if (Log::record_bytes(fields, tag_bytes) > kMostMovedBytes) {
          reason = Reason::evicted_large;
        } else {
          const std::uint32_t lifetime = stream % kLifetimes;
          const std::uint32_t left = queue == Queue::small ? 0 : hits - 1;
          if (move(ref, fields, *slot, BlockPool::stream(Queue::main, lifetime), left)) return;
        }
      }
      if (reason == Reason::evicted_unused || reason == Reason::evicted_cold) {
        segment_.index.bury(shard, *slot, static_cast<std::uint32_t>(queue));
      } else {
        slot->store(0, std::memory_order_release);
      }
      segment_.shards[shard].entries.fetch_sub(1, std::memory_order_relaxed);
      segment_.log.account_dead(ref, nullptr);
      segment_.counters.add(reason);
      if (removed != nullptr) removed->push_back({key, reason});
    });
    platform::pause_point("eviction.cleaned");
    // No slot may outlive the block that it leads into: it would lead into the middle of another entry's bytes.
    if (!walked || !all_read) segment_.forget_block(shard, block);
    segment_.pool.end_life(block);
  }
  segment_.pool.give_back(block);
}

void unpublish(Segment& segment, std::uint16_t shard, Shared<std::uint64_t>& slot, const RecordRef& ref) {
  slot.store(0, std::memory_order_release);
  segment.shards[shard].entries.fetch_sub(1, std::memory_order_relaxed);
  retire(segment, ref);
}

void retire(Segment& segment, const RecordRef& ref) {
  std::vector<std::uint32_t> emptied;
  segment.log.account_dead(ref, &emptied);
  for (const std::uint32_t block : emptied) {
    if (!segment.pool.take(block)) continue;
    segment.pool.end_life(block);
    segment.pool.give_back(block);
  }
}

}  // namespace freshet::segment
