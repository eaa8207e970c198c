#include "store/segment_store.h"

#include "platform/pause_point.h"
#include "store/segment_words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace freshet {

using segment::align_record;
using segment::Cursor;
using segment::Entrance;
using segment::KeyHash;
using segment::NewRecord;
using segment::Pin;
using segment::Queue;
using segment::RecordFields;
using segment::RecordRef;
using segment::Removed;
using segment::Segment;
using segment::Shared;
using segment::Slot;
using segment::Trial;

namespace {

// Values from here on are copied in without the shard's lock, under a pin.
constexpr std::uint64_t kLargeBytes = 64 * 1024;

// What one put makes free another may take before it comes to that: it asks for twice as much each time, and from some
// try on it copies a large value under the lock, where the log cannot run over it.
constexpr unsigned kPutTries = 4;
constexpr unsigned kTriesWithoutLock = 2;

// A key's last failure is kept in the table of misses, in a place of its own.
constexpr std::uint64_t kFailureMark = 0x9E3779B97F4A7C15;

}  // namespace

// A key's entry, under the shard's lock.
struct SegmentStore::Found {
  Shared<std::uint64_t>* slot = nullptr;
  RecordRef ref;
  RecordFields fields;
  bool valid = false;  ///< not invalidated
  Queue queue = Queue::small;
};

// The tag part of a new record: slots, then names (segment/record.h).
class SegmentStore::TagPart {
 public:
  TagPart(const Segment& segment, std::span<const std::string> tags) {
    if (tags.empty()) return;
    for (const std::string& tag : tags) {
      slots_.push_back(segment.tags.slot_of(segment.index.hash_name(tag)));
      names_bytes_ += static_cast<std::uint32_t>(sizeof(std::uint16_t) + tag.size());
    }
    bytes_.resize(slots_.size() * sizeof(std::uint32_t) + names_bytes_);
    std::byte* at = bytes_.data();
    const auto put = [&at](const void* from, std::size_t bytes) {
      std::memcpy(at, from, bytes);
      at += bytes;
    };
    put(slots_.data(), slots_.size() * sizeof(std::uint32_t));
    for (const std::string& tag : tags) {
      const auto size = static_cast<std::uint16_t>(tag.size());
      put(&size, sizeof(size));
      put(tag.data(), tag.size());
    }
  }

  std::span<const std::byte> bytes() const { return bytes_; }
  std::span<const std::uint32_t> slots() const { return slots_; }
  std::uint32_t names_bytes() const { return names_bytes_; }

  static bool fits(std::span<const std::string> tags) {
    std::size_t names = 0;
    for (const std::string& tag : tags) names += tag.size();
    return tags.size() <= kMaxTags && names <= kMaxTagNamesBytes;
  }

 private:
  std::vector<std::uint32_t> slots_;
  std::vector<std::byte> bytes_;
  std::uint32_t names_bytes_ = 0;
};

SegmentStore::SegmentStore(std::unique_ptr<Segment> segment) : segment_(std::move(segment)), eviction_(*segment_) {}

// --- writing -----------------------------------------------------------------------------------------------------

bool SegmentStore::find(const KeyHash& hash, std::string_view key, Found& found) {
  const segment::Index::Places places = segment_->index.places(hash);
  for (std::uint32_t left = places.entries_at(hash.position); left != 0; left &= left - 1) {
    Shared<std::uint64_t>& place = places[static_cast<std::uint32_t>(std::countr_zero(left))];
    const Slot slot{place.load(std::memory_order_relaxed)};
    if (!slot.is_entry_at(hash.position)) continue;
    found.ref = segment_->log.ref_of(slot);
    if (!segment_->log.read_fields(found.ref, found.fields) || found.fields.key_bytes != key.size()) continue;
    Cursor cursor(segment_->log, found.ref, found.fields);
    found.valid = !segment_->tags.cleared(found.fields.sequence);
    for (std::uint32_t t = 0; t < found.fields.tags; ++t) {
      std::uint32_t tag = 0;
      if (!cursor.read(&tag, sizeof(tag)) || segment_->tags.invalidated(tag, found.fields.sequence))
        found.valid = false;
    }
    Cursor at_key(segment_->log, found.ref, found.fields);
    if (!at_key.skip(found.fields.tag_part_bytes()) || !at_key.equals(key)) continue;
    found.slot = &place;
    found.queue = segment::BlockPool::queue_of(segment_->pool[found.ref.life.block].stream);
    return true;
  }
  return false;
}

bool SegmentStore::fence_holds(std::uint64_t sequence, const TagPart& tags) const {
  if (segment_->tags.cleared(sequence)) return false;
  return std::none_of(tags.slots().begin(), tags.slots().end(),
                      [&](std::uint32_t slot) { return segment_->tags.invalidated(slot, sequence); });
}

// Why this put may not happen; Reason::stored when it may. Under the shard's lock.
Reason SegmentStore::check(const PutRequest& request, const KeyHash& hash, std::uint64_t sequence, const TagPart& tags,
                           const Found* found) {
  if (request.lease) {
    if (segment_->leases.find(hash, request.lease) == nullptr) return segment_->leases.why_lost(request.lease);
  }
  if ((request.lease || request.sequence != 0) && !fence_holds(sequence, tags)) {
    return Reason::refused_invalidated;
  }
  const std::int64_t now = microseconds(request.meta.stored_at);
  switch (request.mode) {
    case PutMode::set:
      return Reason::stored;
    case PutMode::add:
      // A stale entry gives way: whoever adds has just made the better value.
      return found != nullptr && found->valid && found->fields.fresh_until > now ? Reason::refused_exists
                                                                                 : Reason::stored;
    case PutMode::replace:
      return found != nullptr && found->valid && found->fields.keep_until >= now ? Reason::stored
                                                                                 : Reason::refused_absent;
    case PutMode::if_version:
      if (found == nullptr || !found->valid) return Reason::refused_absent;
      return segment_->log.version(found->ref) == request.meta.version ? Reason::stored : Reason::refused_version;
  }
  return Reason::stored;
}

void SegmentStore::end_lease(const PutRequest& request, const KeyHash& hash, LoadEnd end) {
  if (segment::LeaseEntry* entry = segment_->leases.find(hash, request.lease)) {
    segment_->leases.end(hash, *entry, end);
  }
}

void SegmentStore::publish(const PutRequest& request, const KeyHash& hash, const RecordRef& ref, Trial trial,
                           Found* found, std::vector<Removed>* removed) {
  const std::uint64_t log_offset = segment_->log.log_offset(ref);
  platform::pause_point("store.publishing");
  if (found != nullptr) {
    Slot seen{found->slot->load(std::memory_order_relaxed)};
    // Release: the record is whole before it can be found. Readers may raise `hits` meanwhile; they are kept.
    while (!found->slot->compare_exchange_weak(seen.word, seen.moved_to(log_offset).word, std::memory_order_release,
                                               std::memory_order_relaxed)) {
    }
    segment::retire(*segment_, found->ref);
    segment_->counters.add(Reason::replaced);
  } else {
    const segment::Index::Room room = segment_->index.room_for(hash, eviction_.kept_from_index());
    if (room.occupied) {
      const RecordRef out = segment_->log.ref_of(Slot{room.slot->load(std::memory_order_relaxed)});
      if (removed != nullptr) {
        RecordFields fields;
        if (segment_->log.read_fields(out, fields)) {
          std::string key(fields.key_bytes, '\0');
          Cursor cursor(segment_->log, out, fields);
          if (cursor.skip(fields.tag_part_bytes()) && cursor.read(key.data(), key.size())) {
            removed->push_back({std::move(key), Reason::evicted_index_full});
          }
        }
      }
      segment::unpublish(*segment_, hash.shard, *room.slot, out);
      segment_->counters.add(Reason::evicted_index_full);
    }
    room.slot->store(Slot::make(hash.position, log_offset, 0, trial).word, std::memory_order_release);
    segment_->shards[hash.shard].entries.fetch_add(1, std::memory_order_relaxed);
  }
  platform::pause_point("store.published");
  if (request.lease) {
    end_lease(request, hash, LoadEnd::stored);
  } else {
    segment_->leases.supersede(hash);
  }
}

Reason SegmentStore::put(const PutRequest& request) {
  // A refusal ends the lease too, or its waiters would wait for a load that is over.
  const auto refuse = [&](Reason reason, LoadEnd end) {
    if (request.lease && !bad_key(request.key)) release(request.key, request.lease, end, {});
    return reason;
  };
  if (bad_key(request.key)) return Reason::refused_bad_key;
  if (!TagPart::fits(request.tags)) return refuse(Reason::refused_too_many_tags, LoadEnd::not_stored);
  if (request.value.size() > segment_->geometry.max_value_bytes()) {
    return refuse(Reason::refused_too_large, LoadEnd::not_stored);
  }

  const std::uint64_t sequence = request.lease           ? request.lease.sequence
                                 : request.sequence != 0 ? request.sequence
                                                         : segment_->tags.sequence();
  const KeyHash hash = segment_->index.hash(request.key);
  segment_->index.prefetch(hash);  // on its way from memory while room is made
  const TagPart tags(*segment_, request.tags);
  NewRecord record;
  record.fields.tags = static_cast<std::uint32_t>(request.tags.size());
  record.fields.tag_names_bytes = tags.names_bytes();
  record.fields.key_bytes = static_cast<std::uint32_t>(request.key.size());
  record.fields.value_bytes = request.value.size();
  record.fields.sequence = sequence;
  record.fields.fresh_until = microseconds(request.meta.fresh_until);
  record.fields.keep_until = std::max(microseconds(request.meta.keep_until), record.fields.fresh_until);
  record.fields.stored_at = microseconds(request.meta.stored_at);
  record.fields.load_cost_us =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(request.meta.load_cost.count(), 0, std::int64_t{UINT32_MAX}));
  record.fields.content = request.meta.content;
  record.tag_part = tags.bytes();
  record.key = request.key;
  record.value = request.value;

  const auto watched = listener();
  std::vector<Removed> removed;
  std::vector<Removed>* collect = watched ? &removed : nullptr;
  const std::uint64_t bytes = align_record(record.most_bytes());
  Reason reason = Reason::refused_no_space;
  for (unsigned tries = 0; tries < kPutTries && reason == Reason::refused_no_space; ++tries) {
    const std::uint64_t wanted = std::max(bytes, std::min(bytes << tries, segment_->geometry.max_value_bytes()));
    eviction_.make_room(wanted, request.meta.stored_at, collect);
    platform::pause_point("store.room_made");
    std::optional<Segment::ShardLock> lock(std::in_place, *segment_, hash.shard);
    Found found;
    Found* existing = find(hash, request.key, found) ? &found : nullptr;
    reason = check(request, hash, sequence, tags, existing);
    if (reason != Reason::stored) break;

    // Another value of the same key takes the place of the old one, as much read and as far on.
    const Entrance entrance =
        existing != nullptr ? Entrance{existing->queue, Trial::none} : eviction_.enter(hash, record.fields.bytes());
    const std::uint32_t stream = eviction_.stream_for(entrance.queue, request.meta.stored_at, record.fields.keep_until);
    RecordRef ref;
    if (!segment_->log.reserve(hash.shard, stream, record, eviction_.kept_for_moves(), ref)) {
      reason = Reason::refused_no_space;
      continue;
    }
    const bool without_lock = bytes >= kLargeBytes && tries < kTriesWithoutLock;
    const Pin pin = without_lock ? segment_->processes.pin(ref.life) : Pin{};
    if (pin) {
      // Pinned under the lock, so no cleaner can have ended this life: the bytes are ours without the lock.
      segment_->pool[ref.life.block].pinned.store(1);
      lock.reset();
      platform::pause_point("store.filling");
      segment_->log.fill(ref, record);
      platform::pause_point("store.filled");
      lock.emplace(*segment_, hash.shard);
      // The world may have moved meanwhile.
      existing = find(hash, request.key, found) ? &found : nullptr;
      reason = check(request, hash, sequence, tags, existing);
      // Any of its blocks may have been cleaned, each for itself.
      if (reason == Reason::stored && !segment_->log.is_whole(ref)) reason = Reason::refused_no_space;
      if (reason == Reason::stored) {
        publish(request, hash, ref, entrance.trial, existing, collect);
      } else if (segment_->log.lives(ref.life)) {
        segment::retire(*segment_, ref);
      }
      lock.reset();
      segment_->processes.unpin(pin);
    } else {
      segment_->log.fill(ref, record);
      publish(request, hash, ref, entrance.trial, existing, collect);
    }
  }
  if (watched) report(removed);
  if (reason == Reason::stored) eviction_.stored(record.fields);
  if (reason == Reason::stored) return reason;
  return refuse(reason, reason == Reason::refused_invalidated ? LoadEnd::superseded : LoadEnd::not_stored);
}

Reason SegmentStore::erase(std::string_view key) {
  if (bad_key(key)) return Reason::refused_absent;
  const KeyHash hash = segment_->index.hash(key);
  const Segment::ShardLock lock(*segment_, hash.shard);
  segment_->leases.supersede(hash);
  Found found;
  if (!find(hash, key, found)) return Reason::refused_absent;
  platform::pause_point("store.erasing");
  segment::unpublish(*segment_, hash.shard, *found.slot, found.ref);
  return found.valid ? Reason::erased : Reason::refused_absent;
}

Reason SegmentStore::retime(std::string_view key, Instant now, const Retime& times) {
  if (bad_key(key)) return Reason::refused_absent;
  const KeyHash hash = segment_->index.hash(key);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::optional<Reason> done = try_retime(hash, key, now, times);
    if (done) return *done;
    eviction_.make_room(segment::record::kMostBytes + segment::record::kAlwaysRetimed + kMaxStoredKeyBytes, now,
                        nullptr);
  }
  return Reason::refused_no_space;
}

// Nothing when the entry must be written anew and there is no room for that.
std::optional<Reason> SegmentStore::try_retime(const KeyHash& hash, std::string_view key, Instant now,
                                               const Retime& times) {
  const Segment::ShardLock lock(*segment_, hash.shard);
  // Made stale: what is being loaded was read before, so it may not be stored as fresh.
  if (times.fresh_until && *times.fresh_until <= now) segment_->leases.supersede(hash);
  Found found;
  if (!find(hash, key, found) || !found.valid || found.fields.keep_until < microseconds(now)) {
    return Reason::refused_absent;
  }
  RecordFields fields = found.fields;
  if (times.fresh_until) fields.fresh_until = microseconds(*times.fresh_until);
  if (times.keep_until) fields.keep_until = microseconds(*times.keep_until);
  fields.keep_until = std::max(fields.keep_until, fields.fresh_until);
  segment::Log& log = segment_->log;
  if (log.retime(found.ref, found.fields, fields.fresh_until, fields.keep_until)) return Reason::updated;
  RecordRef to;
  if (!log.copy(found.ref, fields, segment_->pool[found.ref.life.block].stream, eviction_.kept_for_moves(), to)) {
    return std::nullopt;
  }
  Slot seen{found.slot->load(std::memory_order_relaxed)};
  // Release: the copy is whole before it can be found. Readers may raise `hits` meanwhile; they are kept.
  while (!found.slot->compare_exchange_weak(seen.word, seen.moved_to(log.log_offset(to)).word,
                                            std::memory_order_release, std::memory_order_relaxed)) {
  }
  segment::retire(*segment_, found.ref);
  return Reason::updated;
}

// --- leases, tags, figures ---------------------------------------------------------------------------------------

Acquire SegmentStore::acquire(std::string_view key, Duration deadline) {
  if (bad_key(key)) return {Acquire::Status::unavailable, {}, Reason::miss_bad_key};
  const KeyHash hash = segment_->index.hash(key);
  const Segment::ShardLock lock(*segment_, hash.shard);
  return segment_->leases.acquire(hash, deadline);
}

Waited SegmentStore::wait(std::string_view, const Lease& ticket, Duration timeout) {
  Waited waited = segment_->leases.wait(ticket, timeout);
  if (waited.end == LoadEnd::owner_died) segment_->reap();
  return waited;
}

void SegmentStore::release(std::string_view key, const Lease& lease, LoadEnd end, std::string_view message) {
  if (bad_key(key)) return;
  const KeyHash hash = segment_->index.hash(key);
  const Segment::ShardLock lock(*segment_, hash.shard);
  if (segment::LeaseEntry* entry = segment_->leases.find(hash, lease)) {
    segment_->leases.end(hash, *entry, end, message);
  }
}

std::uint64_t SegmentStore::sequence() noexcept { return segment_->tags.sequence(); }

void SegmentStore::invalidate_tag(std::string_view tag) {
  segment_->tags.invalidate(segment_->tags.slot_of(segment_->index.hash_name(tag)));
}

void SegmentStore::clear() { segment_->tags.clear(); }

void SegmentStore::count(Reason reason, std::uint64_t n) noexcept { segment_->counters.add(reason, n); }

void SegmentStore::remember_miss(std::string_view key, Reason reason, Instant at) noexcept {
  if (!bad_key(key)) segment_->counters.remember_miss(segment_->index.hash(key).hash, reason, at);
}

void SegmentStore::remember_failure(std::string_view key, Instant at) noexcept {
  if (!bad_key(key)) {
    segment_->counters.remember_miss(segment_->index.hash(key).hash ^ kFailureMark, Reason::load_failed, at);
  }
}

std::optional<Instant> SegmentStore::failed_at(std::string_view key) noexcept {
  Instant at{};
  if (bad_key(key) || !segment_->counters.remembered_miss(segment_->index.hash(key).hash ^ kFailureMark, at)) {
    return std::nullopt;
  }
  return at;
}

void SegmentStore::observe_load(Duration took) noexcept { segment_->counters.add_load(took); }

Stats SegmentStore::stats() {
  segment_->reap();
  Stats stats;
  segment_->counters.total(stats);
  const segment::Geometry& g = segment_->geometry;
  for (std::uint32_t i = 0; i < g.shards; ++i) {
    stats.entries += segment_->shards[i].entries.load(std::memory_order_relaxed);
  }
  stats.bytes_capacity = g.log_bytes();
  const std::uint32_t index_blocks = segment_->pool.index_count();
  // Two counters that are not read at the same moment.
  const std::uint32_t unused = std::min(segment_->pool.free_count(), g.blocks - index_blocks);
  stats.bytes_index = std::uint64_t{index_blocks} * g.block_bytes;
  stats.bytes_used = std::uint64_t{g.blocks - index_blocks - unused} * g.block_bytes;
  stats.size_bytes = g.size_bytes;
  stats.loads_under_way = segment_->leases.under_way();
  stats.processes = segment_->processes.count();
  stats.url = segment_->placement().url;
  return stats;
}

Explanation SegmentStore::explain(std::string_view key, Instant now) {
  Explanation e;
  e.key_bytes = key.size();
  if (bad_key(key)) {
    e.fetch.reason = Reason::miss_bad_key;
    return e;
  }
  const KeyHash hash = segment_->index.hash(key);
  e.last_miss = segment_->counters.remembered_miss(hash.hash, e.last_miss_at);
  const Segment::ShardLock lock(*segment_, hash.shard);
  e.loading = segment_->leases.loading(hash);
  Found found;
  if (!find(hash, key, found)) {
    e.fetch.reason = segment_->index.find_ghost(hash) ? Reason::miss_evicted : Reason::miss_absent;
    return e;
  }
  e.fetch.found = found.valid && found.fields.keep_until >= microseconds(now);
  e.fetch.reason = !found.valid ? Reason::miss_invalidated : e.fetch.found ? Reason::hit : Reason::miss_expired;
  e.fetch.meta = meta_of(found.fields, segment_->log.version(found.ref));
  e.value_bytes = found.fields.value_bytes;
  e.hits_at_least = Slot{found.slot->load(std::memory_order_relaxed)}.hits();
  e.queue = found.queue == Queue::small ? "small" : "main";
  Cursor cursor(segment_->log, found.ref, found.fields);
  cursor.skip(found.fields.tags * sizeof(std::uint32_t));
  for (std::uint32_t t = 0; t < found.fields.tags; ++t) {
    std::uint16_t size = 0;
    if (!cursor.read(&size, sizeof(size)) || size > kMaxTagNamesBytes) break;
    std::string tag(size, '\0');
    if (!cursor.read(tag.data(), size)) break;
    e.tags.push_back(std::move(tag));
  }
  return e;
}

void SegmentStore::on_removal(RemovalListener listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = listener ? std::make_shared<const RemovalListener>(std::move(listener)) : nullptr;
}

std::shared_ptr<const RemovalListener> SegmentStore::listener() const {
  const std::lock_guard lock(listener_mutex_);
  return listener_;
}

void SegmentStore::report(const std::vector<Removed>& removed) const {
  const auto listener = this->listener();
  if (!listener) return;
  for (const Removed& entry : removed) {
    try {
      (*listener)(entry.key, entry.reason);
    } catch (...) {
      segment_->counters.add(Reason::listener_threw);
    }
  }
}

}  // namespace freshet
