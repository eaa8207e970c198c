// The lookups of the segment store: without a lock, and without a copy but the caller's.
#include "platform/pause_point.h"
#include "platform/racy_copy.h"
#include "store/pinned_values.h"
#include "store/segment_store.h"
#include "store/segment_words.h"

#include <bit>
#include <utility>

namespace freshet {

using segment::Cursor;
using segment::KeyHash;
using segment::Pin;
using segment::RecordFields;
using segment::RecordRef;
using segment::Segment;
using segment::Shared;
using segment::Slot;

namespace {

// A reader whose record is recycled under its eyes looks again; after so many times it waits for the shard instead.
constexpr int kOptimisticRounds = 64;

}  // namespace

// Looks at one slot. `on_found(ref, fields, cursor at the value)` returns false when it read what was recycled
// meanwhile.
template <class OnFound>
SegmentStore::Look SegmentStore::look_at(Shared<std::uint64_t>& place, const KeyHash& hash, std::string_view key,
                                         std::int64_t now, Fetch& fetch, OnFound&& on_found) {
  const segment::Log& log = segment_->log;
  // Acquire: pairs with the release of whoever published the record.
  const Slot slot{place.load(std::memory_order_acquire)};
  if (!slot.is_entry_at(hash.position)) return Look::another_key;
  const RecordRef ref = log.ref_of(slot);
  // The generation belongs to this record only if the slot still names it after the generation was read.
  if (Slot{place.load(std::memory_order_acquire)}.with_hits(0).word != slot.with_hits(0).word) return Look::recycled;
  RecordFields fields;
  if (!log.read_fields(ref, fields)) return Look::recycled;

  Cursor cursor(log, ref, fields);
  bool invalidated = segment_->tags.cleared(fields.sequence);
  for (std::uint32_t t = 0; t < fields.tags; ++t) {
    std::uint32_t tag = 0;
    if (!cursor.read(&tag, sizeof(tag))) return Look::recycled;
    invalidated = invalidated || segment_->tags.invalidated(tag, fields.sequence);
  }
  if (!cursor.skip(fields.tag_names_bytes)) return Look::recycled;
  if (key.size() != fields.key_bytes || !cursor.equals(key)) {
    return cursor.valid() ? Look::another_key : Look::recycled;
  }
  if (invalidated || fields.keep_until < now) {
    if (!cursor.valid()) return Look::recycled;
    fetch.reason = invalidated ? Reason::miss_invalidated : Reason::miss_expired;
    return Look::settled;
  }
  if (!on_found(ref, fields, cursor)) return Look::recycled;
  fetch.found = true;
  fetch.reason = Reason::hit;
  fetch.meta = meta_of(fields, log.version(ref));
  fetch.sequence = fields.sequence;
  segment::Index::hit(place, slot);
  return Look::settled;
}

template <class OnFound>
Fetch SegmentStore::look_up(std::string_view key, Instant now, OnFound&& on_found) {
  Fetch fetch;
  if (bad_key(key)) {
    fetch.reason = Reason::miss_bad_key;
    return fetch;
  }
  const KeyHash hash = segment_->index.hash(key);
  // One look at the key's two buckets. False when something was recycled in the middle, or moved: look again.
  const auto probe = [&](bool locked) {
    const segment::Index::Places places = segment_->index.places(hash);
    for (int choice = 0; choice < 2; ++choice) {
      segment::Bucket& bucket = places.bucket(choice);
      for (std::uint32_t left = segment::slots_at(bucket, hash.position, false); left != 0; left &= left - 1) {
        const Look look = look_at(bucket.slot[std::countr_zero(left)], hash, key, microseconds(now), fetch, on_found);
        if (look == Look::settled) return true;
        // Nothing in the shard is recycled while we hold its lock: what cannot be read even then was lost in a crash.
        if (look == Look::recycled && !locked) return false;
      }
    }
    platform::pause_point("store.missed");
    if (!locked && segment_->index.moved(hash, places)) return false;
    fetch.reason = Reason::miss_absent;
    return true;
  };
  bool settled = false;
  for (int round = 0; round < kOptimisticRounds && !settled; ++round) settled = probe(false);
  if (!settled) {
    const Segment::ShardLock lock(*segment_, hash.shard);
    probe(true);
  }
  if (fetch.reason == Reason::miss_absent && segment_->index.find_ghost(hash)) fetch.reason = Reason::miss_evicted;
  return fetch;
}

// Each step's ordering is that of look_at(). Without `tagged` an entry with tags is not the usual: to look at them, and
// at the value's length, costs every hit a tenth.
template <bool tagged>
[[gnu::always_inline]] inline SegmentStore::Usual SegmentStore::usual_hit_at(Shared<std::uint64_t>& place,
                                                                             const KeyHash& hash, std::string_view key,
                                                                             std::int64_t now, std::uint64_t most_bytes,
                                                                             std::string& value, Fetch& fetch) const {
  const segment::Log& log = segment_->log;
  const std::uint32_t block_bytes = segment_->geometry.block_bytes;
  const Slot slot{place.load(std::memory_order_acquire)};
  if (!slot.is_entry_at(hash.position)) return Usual::not_so;
  std::uint32_t block = 0;
  std::uint32_t offset = 0;
  const std::byte* record = log.at(slot.log_offset(), block, offset);
  if (record == nullptr) return Usual::not_so;
  // Both ends of a small entry, while its block's descriptor is on its way.
  __builtin_prefetch(record);
  __builtin_prefetch(record + 64);
  __builtin_prefetch(record + 128);
  const segment::BlockDescriptor& descriptor = segment_->pool[block];
  const segment::BlockLife life{block, descriptor.generation.load(std::memory_order_acquire)};
  if (life.generation % 2 == 0) return Usual::not_so;
  if (Slot{place.load(std::memory_order_acquire)}.with_hits(0).word != slot.with_hits(0).word) return Usual::not_so;
  RecordFields fields;
  if (!segment::unpack(record, block_bytes - offset, descriptor, fields) || (!tagged && fields.tags != 0) ||
      offset + fields.bytes() > block_bytes || (tagged && fields.value_bytes > most_bytes)) {
    return Usual::not_so;
  }
  const std::byte* stored_key = record + fields.header_bytes + (tagged ? fields.tag_part_bytes() : 0);
  if (fields.key_bytes != key.size() || !platform::racy_equal(stored_key, key.data(), key.size())) {
    return Usual::another_key;
  }
  if (segment_->tags.cleared(fields.sequence) || fields.keep_until < now) return Usual::not_so;
  for (std::uint32_t t = 0; tagged && t < fields.tags; ++t) {
    std::uint32_t tag = 0;
    platform::racy_read(&tag, record + fields.header_bytes + t * sizeof(tag), sizeof(tag));
    if (segment_->tags.invalidated(tag, fields.sequence)) return Usual::not_so;
  }
  // The sizes are proven before they are believed: a torn one could ask for any amount of memory.
  if (value.size() != fields.value_bytes) {
    if (!log.lives(life)) return Usual::not_so;
    value.resize(fields.value_bytes);
  }
  platform::racy_read(value.data(), stored_key + key.size(), fields.value_bytes);
  if (!log.lives(life)) return Usual::not_so;
  fetch.found = true;
  fetch.reason = Reason::hit;
  fetch.meta = meta_of(fields, log.version({life, offset}));
  fetch.sequence = fields.sequence;
  segment::Index::hit(place, slot);
  return Usual::hit;
}

// The usual hit in one piece: a hash, a probe, a check and a copy. False for all that is unusual: an entry that runs on
// into another block; one that is recycled, moved or invalid at this moment; a miss; and with `tagged` a value of more
// than `most_bytes`, without it an entry that has tags.
template <bool tagged>
bool SegmentStore::usual_hit(std::string_view key, Instant now, std::uint64_t most_bytes, std::string& value,
                             Fetch& fetch) const {
  const KeyHash hash = segment_->index.hash(key);
  const segment::Index::Places places = segment_->index.places(hash);
  for (int choice = 0; choice < 2; ++choice) {
    segment::Bucket& bucket = places.bucket(choice);
    for (std::uint32_t left = segment::slots_at(bucket, hash.position, false); left != 0; left &= left - 1) {
      Shared<std::uint64_t>& place = bucket.slot[std::countr_zero(left)];
      const Usual usual = usual_hit_at<tagged>(place, hash, key, microseconds(now), most_bytes, value, fetch);
      if (usual != Usual::another_key) return usual == Usual::hit;
    }
  }
  return false;
}

Fetch SegmentStore::get(std::string_view key, Instant now, std::string& value) {
  Fetch fetch;
  if (bad_key(key) || !usual_hit<false>(key, now, UINT64_MAX, value, fetch)) get_anyhow(key, now, value, fetch);
  return fetch;
}

// Apart from get(), which it would make longer for the usual hit too.
[[gnu::noinline]] void SegmentStore::get_anyhow(std::string_view key, Instant now, std::string& value, Fetch& fetch) {
  fetch = look_up(key, now, [&](const RecordRef& ref, const RecordFields& fields, Cursor& cursor) {
    // The sizes are proven before they are believed: a torn one could ask for any amount of memory.
    if (!segment_->log.lives(ref.life)) return false;
    value.resize(fields.value_bytes);
    return cursor.read(value.data(), value.size()) && cursor.valid();
  });
}

// False when it was recycled meanwhile. Without `pinned`: all pins of this process are in use.
bool SegmentStore::pin_record(const RecordRef& ref, const RecordFields& fields, Cursor& cursor,
                              std::unique_ptr<ValueInPlace>& pinned) {
  const Pin pin = segment_->processes.pin(ref.life);
  if (!pin) return cursor.valid();
  pinned = std::make_unique<ValueInPlace>(*segment_, pin);
  // The pin, the hint, then the look at the generation; the cleaner bumps the generation, then looks at hint and
  // pins. All sequentially consistent: either we see the bump, or the cleaner sees the pin.
  segment_->pool[ref.life.block].pinned.store(1);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!segment_->log.lives(ref.life) || !pinned->collect(cursor, fields.value_bytes)) {
    pinned.reset();
    return false;
  }
  return true;
}

std::unique_ptr<PinnedValue> SegmentStore::pin(std::string_view key, Instant now, Fetch& fetch) {
  std::unique_ptr<ValueInPlace> pinned;
  fetch = look_up(key, now, [&](const RecordRef& ref, const RecordFields& fields, Cursor& cursor) {
    return pin_record(ref, fields, cursor, pinned);
  });
  if (!fetch.found) return nullptr;
  if (!pinned) {
    std::string copy;
    fetch = get(key, now, copy);
    if (!fetch.found) return nullptr;
    return std::make_unique<CopiedValue>(std::move(copy), fetch.meta);
  }
  pinned->set(fetch.meta);
  return pinned;
}

std::unique_ptr<PinnedValue> SegmentStore::get_or_pin(std::string_view key, Instant now, std::size_t copy_at_most,
                                                      std::string& value, Fetch& fetch) {
  fetch = {};
  if (!bad_key(key) && usual_hit<true>(key, now, copy_at_most, value, fetch)) return nullptr;
  std::unique_ptr<ValueInPlace> pinned;
  bool to_pin = false;
  fetch = look_up(key, now, [&](const RecordRef& ref, const RecordFields& fields, Cursor& cursor) {
    // The sizes are proven before they are believed: a torn one could ask for any amount of memory.
    if (!segment_->log.lives(ref.life)) return false;
    to_pin = fields.value_bytes > copy_at_most;
    if (to_pin) return pin_record(ref, fields, cursor, pinned);
    value.resize(fields.value_bytes);
    return cursor.read(value.data(), value.size()) && cursor.valid();
  });
  if (!fetch.found || !to_pin) return nullptr;
  if (!pinned) {
    fetch = get(key, now, value);
    return nullptr;
  }
  pinned->set(fetch.meta);
  return pinned;
}

}  // namespace freshet
