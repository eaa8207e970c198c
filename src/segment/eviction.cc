#include "segment/eviction.h"

#include "platform/dice.h"
#include "platform/pause_point.h"

#include <algorithm>
#include <thread>

namespace freshet::segment {
namespace {

// After so many records, in so many blocks, that were all read lately, the next ones leave whatever their hits: a set
// costs the same whatever the load (I5). Counted in both, for one large record may fill many blocks.
constexpr std::uint32_t kMercyRecords = 24;
constexpr std::uint32_t kMercyBlocks = 12;
// Instalments: bytes judged for every two stored, and at least. More of them when the free blocks run short.
constexpr std::uint64_t kPaidPerTwoBytes = 3;
constexpr std::uint64_t kLeastPaid = 200;
constexpr std::uint64_t kInArrears = 4;
constexpr std::uint64_t kMostAhead = 1024;  // of what the next one reads, fetched from memory meanwhile
constexpr std::uint32_t kBatch = 8;
constexpr std::uint64_t kWholeBlock = UINT64_MAX;

// Lifetimes that share blocks: seconds, minutes, hours, the rest.
constexpr Duration kLifetimeLimits[kLifetimes - 1] = {std::chrono::seconds(60), std::chrono::minutes(20),
                                                      std::chrono::hours(6)};

}  // namespace

// A thread's turn at the block that its process has in hand; none where another thread has it.
class Eviction::Turn {
 public:
  explicit Turn(ProcessSlot* slot) : slot_(slot) {
    std::uint32_t idle = 0;
    // Acquire and release: `sweep` passes from thread to thread.
    if (slot_ != nullptr && !slot_->sweeping.compare_exchange_strong(idle, 1, std::memory_order_acquire)) {
      slot_ = nullptr;
    }
  }
  ~Turn() {
    if (slot_ != nullptr) slot_->sweeping.store(0, std::memory_order_release);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  Sweep* sweep() const { return slot_ == nullptr ? nullptr : &slot_->sweep; }

 private:
  ProcessSlot* slot_;
};

std::uint32_t Eviction::kept_for_moves() const {
  const Geometry& g = segment_.geometry;
  const std::uint32_t usual = std::clamp<std::uint32_t>(g.blocks / 256, 2, 8);
  return std::max(usual, segment_.admission.largest() / g.block_bytes + 2);
}

std::uint32_t Eviction::stream_for(Queue queue, Instant now, std::int64_t keep_until) const {
  std::uint32_t lifetime = 0;
  const std::int64_t start = now.time_since_epoch().count();
  while (lifetime + 1 < kLifetimes && keep_until - start > kLifetimeLimits[lifetime].count()) ++lifetime;
  return BlockPool::stream(queue, lifetime);
}

std::uint64_t Eviction::queue_bytes(Queue queue) const {
  return std::uint64_t{segment_.pool.queued(queue)} * segment_.geometry.block_bytes;
}

Entrance Eviction::enter(const KeyHash& hash, std::uint64_t record_bytes) {
  return segment_.admission.enter(segment_.index.find_ghost(hash), record_bytes, queue_bytes(Queue::small),
                                  queue_bytes(Queue::main), segment_.geometry.block_bytes);
}

void Eviction::stored(const RecordFields& fields) {
  const std::uint64_t bytes = fields.bytes();
  segment_.admission.observe(fields.load_cost_us, bytes);
  if (bytes <= segment_.admission.most_moved_bytes())
    segment_.admission.observe_largest(static_cast<std::uint32_t>(bytes));
}

std::uint32_t Eviction::next_victim(Instant now) {
  BlockPool& pool = segment_.pool;
  std::uint32_t victim = pool.take_dead(now.time_since_epoch().count(), segment_.tags.cleared_at());
  if (victim != kNone) return victim;
  const Queue queue = segment_.admission.next(queue_bytes(Queue::small), queue_bytes(Queue::main));
  victim = pool.take_oldest(queue);
  return victim != kNone ? victim : pool.take_oldest(queue == Queue::small ? Queue::main : Queue::small);
}

bool Eviction::make_room(std::uint64_t bytes, Instant now, std::vector<Removed>* removed) {
  BlockPool& pool = segment_.pool;
  const auto blocks = static_cast<std::uint32_t>(bytes / segment_.geometry.block_bytes + 2);
  const std::uint32_t least = blocks + kept_for_moves();
  // What is free beyond that is the time in which instalments do.
  const std::uint32_t ahead = std::clamp<std::uint32_t>(segment_.geometry.blocks / 512, 1, 8);
  const std::uint32_t before = pool.free_count();
  if (before >= least + ahead) return true;
  const std::uint64_t arrears = before >= least + ahead / 2 ? 1 : before >= least + ahead / 4 ? 2 : kInArrears;
  instalment(std::max(kPaidPerTwoBytes * bytes / 2, kLeastPaid) * arrears, now, removed);

  std::uint32_t empty_handed = 0;
  // Each block can be cleaned once without mercy, so twice the log is more than ever needed.
  for (std::uint32_t victims = 0; victims < 2 * segment_.geometry.blocks + 64; ++victims) {
    if (pool.free_count() >= least) return true;
    pool.free_unpinned(8);
    Sweep whole;
    const Turn turn(segment_.processes.own());
    if (advance(turn.sweep() != nullptr ? *turn.sweep() : whole, kWholeBlock, now, removed)) continue;
    // Other threads hold every block that could be cleaned, or readers do.
    if (++empty_handed > 64) return pool.free_count() > kept_for_moves();
    if (empty_handed == 8) segment_.reap();
    std::this_thread::yield();
  }
  return pool.free_count() >= least;
}

void Eviction::instalment(std::uint64_t bytes, Instant now, std::vector<Removed>* removed) {
  const Turn turn(segment_.processes.own());
  if (turn.sweep() != nullptr) advance(*turn.sweep(), bytes, now, removed);
}

// Judges about so many bytes of records, at most to the end of a block; or takes the next block. False when there is
// none to be had.
bool Eviction::advance(Sweep& sweep, std::uint64_t bytes, Instant now, std::vector<Removed>* removed) {
  if (sweep.block == kNone) {
    segment_.reap_now_and_then();
    sweep = Sweep{};
    sweep.block = next_victim(now);
    if (sweep.block == kNone) return false;
    platform::pause_point("eviction.taken");
    if (bytes != kWholeBlock) {
      // That was this instalment: what the next one reads first is on its way meanwhile.
      segment_.log.prefetch(sweep.block, 0, kLeastPaid);
      return true;
    }
  }
  const std::uint32_t block = sweep.block;
  const std::uint16_t shard = segment_.pool[block].shard;
  const Queue queue = BlockPool::queue_of(segment_.pool[block].stream);
  {
    const Segment::ShardLock lock(segment_, shard);
    segment_.log.close(block);
    Log::Walk walk = Log::Walk::more;
    bool all_read = true;
    for (std::uint64_t judged = 0; walk == Log::Walk::more && all_read && judged < bytes;) {
      // A few at a time: while one is read, the index slots of the others are on their way from memory.
      Candidate batch[kBatch];
      std::uint32_t count = 0;
      // The record that runs into this block comes first: its head may lie in a block that somebody else has taken, or
      // took and died, and after us it cannot be read any more.
      walk = segment_.log.walk(block, sweep.offset, [&](const RecordRef& ref, const RecordFields& fields) {
        if (!identify(ref, fields, batch[count])) return all_read = false;
        judged += fields.bytes();
        return ++count < kBatch && judged < bytes;
      });
      for (std::uint32_t i = 0; i < count; ++i) judge(sweep, batch[i], now, removed);
    }
    if (walk == Log::Walk::more && all_read) {
      // The next instalment is likely as large as this one.
      segment_.log.prefetch(block, sweep.offset, std::min(bytes, kMostAhead));
      return true;
    }
    platform::pause_point("eviction.cleaned");
    // No slot may outlive the block that it leads into: it would lead into the middle of another entry's bytes.
    if (walk == Log::Walk::damaged || !all_read) segment_.forget_block(shard, block);
    segment_.pool.end_life(block);
  }
  segment_.pool.give_back(block);
  blocks_saved_.fetch_add(1, std::memory_order_relaxed);
  // What was dead already does not count: a main queue full of it is looked at again the sooner.
  if (queue == Queue::main && sweep.passed_bytes != 0) segment_.admission.passed_main(sweep.passed_bytes);
  sweep = Sweep{};
  return true;
}

// False when the record's key could not be read.
bool Eviction::identify(const RecordRef& ref, const RecordFields& fields, Candidate& candidate) {
  thread_local std::string key;
  key.resize(fields.key_bytes);
  Cursor cursor(segment_.log, ref, fields);
  if (!cursor.skip(fields.tag_part_bytes()) || !cursor.read(key.data(), key.size()) || !cursor.valid()) return false;
  candidate = {ref, fields, segment_.index.hash(key)};
  segment_.index.prefetch(candidate.hash);
  return true;
}

std::string Eviction::key_of(const Candidate& candidate) const {
  std::string key(candidate.fields.key_bytes, '\0');
  Cursor cursor(segment_.log, candidate.ref, candidate.fields);
  cursor.skip(candidate.fields.tag_part_bytes());
  cursor.read(key.data(), key.size());
  return key;
}

void Eviction::judge(Sweep& sweep, const Candidate& candidate, Instant now, std::vector<Removed>* removed) {
  const RecordRef& ref = candidate.ref;
  const RecordFields& fields = candidate.fields;
  const std::uint16_t shard = segment_.pool[sweep.block].shard;
  const std::uint32_t stream = segment_.pool[sweep.block].stream;
  const Queue queue = BlockPool::queue_of(stream);
  Shared<std::uint64_t>* slot = segment_.index.slot_of(candidate.hash, segment_.log.log_offset(ref));

  Reason reason = queue == Queue::small ? Reason::evicted_unused : Reason::evicted_cold;
  bool remembered = false;
  if (slot != nullptr) {
    const Slot word{slot->load(std::memory_order_relaxed)};
    const std::uint64_t bytes = fields.bytes();
    if (fields.keep_until < now.time_since_epoch().count()) {
      reason = Reason::evicted_expired;
    } else if (invalidated(ref, fields)) {
      reason = Reason::evicted_invalidated;
    } else {
      Admission& admission = segment_.admission;
      admission.cleaned(queue, bytes);
      sweep.passed_bytes += bytes;
      const bool merciless = records_saved_.load(std::memory_order_relaxed) >= kMercyRecords &&
                             blocks_saved_.load(std::memory_order_relaxed) >= kMercyBlocks;
      const std::uint32_t hits = merciless ? 0 : word.hits();
      const double weight = admission.weight(fields.load_cost_us, bytes);
      const Fate fate = queue == Queue::small ? admission.at_small_end(hits, weight, platform::roll)
                                              : admission.at_main_end(hits, word.trial(), weight, platform::roll);
      if (fate.stays && bytes > segment_.admission.most_moved_bytes()) {
        reason = Reason::evicted_large;
      } else if (fate.stays && move(ref, fields, *slot, BlockPool::stream(Queue::main, stream % kLifetimes), fate)) {
        records_saved_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      remembered = true;
    }
  }
  records_saved_.store(0, std::memory_order_relaxed);
  blocks_saved_.store(0, std::memory_order_relaxed);
  if (slot == nullptr) return;  // overwritten, erased, or never published
  if (removed != nullptr) removed->push_back({key_of(candidate), reason});
  if (remembered) {
    segment_.index.bury(*slot, queue);
  } else {
    slot->store(0, std::memory_order_release);
  }
  segment_.shards[shard].entries.fetch_sub(1, std::memory_order_relaxed);
  retire(segment_, ref);
  segment_.counters.add(reason);
}

bool Eviction::move(const RecordRef& ref, const RecordFields& fields, Shared<std::uint64_t>& slot, std::uint32_t stream,
                    const Fate& fate) {
  RecordRef to;
  if (!segment_.log.copy(ref, fields, stream, 0, to)) return false;
  platform::pause_point("eviction.moved");
  const Slot word{slot.load(std::memory_order_relaxed)};
  // Release: the copy is whole before it can be found. A reader that counts a hit at this moment loses it.
  slot.store(Slot::make(word.position(), segment_.log.log_offset(to), fate.hits, fate.trial).word,
             std::memory_order_release);
  retire(segment_, ref);
  return true;
}

bool Eviction::invalidated(const RecordRef& ref, const RecordFields& fields) const {
  if (segment_.tags.cleared(fields.sequence)) return true;
  Cursor cursor(segment_.log, ref, fields);
  for (std::uint32_t i = 0; i < fields.tags; ++i) {
    std::uint32_t slot = 0;
    if (!cursor.read(&slot, sizeof(slot))) return true;
    if (segment_.tags.invalidated(slot, fields.sequence)) return true;
  }
  return false;
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
