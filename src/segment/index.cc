#include "segment/index.h"

#include <bit>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace freshet::segment {
namespace {

constexpr std::size_t kSecretBytes = sizeof(Superblock::hash_secret);
static_assert(kSecretBytes >= XXH3_SECRET_SIZE_MIN);

// How many entries the search for one that can move looks at: the key's sixteen, and some of those in their way.
constexpr std::uint32_t kMostLooks = 64;
// Up to this part of all blocks, the index grows rather than forget a ghost: of entries of 300 bytes and more, about as
// many are remembered as are held.
constexpr std::uint32_t kGhostShare = 16;

}  // namespace

std::uint64_t Index::hash_name(std::string_view name) const {
  return XXH3_64bits_withSecret(name.data(), name.size(), secret_, kSecretBytes);
}

Shared<std::uint64_t>* Index::slot_of(const KeyHash& key, std::uint64_t log_offset) const {
  const Places all = places(key);
  for (std::uint32_t left = all.entries_at(key.position); left != 0; left &= left - 1) {
    auto& slot = all[static_cast<std::uint32_t>(std::countr_zero(left))];
    const Slot word{slot.load(std::memory_order_relaxed)};
    if (word.is_entry_at(key.position) && word.log_offset() == log_offset) return &slot;
  }
  return nullptr;
}

// --- making room -------------------------------------------------------------------------------------------------

Index::Room Index::room_for(const KeyHash& key, std::uint32_t keep_free) {
  // Each split makes the key's range half as wide, so this ends after directory_bits of them.
  for (;;) {
    const Vacancy vacancy = find_vacancy(key, places(key));
    if (vacancy.slot != nullptr) {
      const bool splits = vacancy.costs_ghost && directory_.pages() < geometry_.blocks / kGhostShare &&
                          directory_.split(key.shard, key.position, keep_free);
      if (!splits) return {vacancy.slot, false};
      continue;
    }
    if (Shared<std::uint64_t>* slot = make_vacancy(key)) return {slot, false};
    if (!directory_.split(key.shard, key.position, keep_free)) break;
  }
  return {&coldest(key), true};
}

Index::Vacancy Index::find_vacancy(const KeyHash& key, const Places& places) const {
  Shared<std::uint64_t>* free[2] = {nullptr, nullptr};
  Shared<std::uint64_t>* ghost = nullptr;
  std::uint64_t ghost_age = 0;
  for (std::uint32_t i = 0; i < kCandidates; ++i) {
    const Slot word{places[i].load(std::memory_order_relaxed)};
    if (word.is_entry()) continue;
    if (word.is_ghost_at(key.position)) return {&places[i], false};
    if (word.empty() || admission_.forgotten(word.mark())) {
      const std::uint32_t choice = i / kSlotsPerBucket;
      if (free[choice] == nullptr) free[choice] = &places[i];
    } else if (const std::uint64_t age = admission_.age(word.mark()); ghost == nullptr || age > ghost_age) {
      ghost = &places[i];
      ghost_age = age;
    }
  }
  if (free[0] == nullptr && free[1] == nullptr) return {ghost, true};
  return {free[0] != nullptr ? free[0] : free[1], false};
}

// Breadth first through the entries that are in the way, until one has a free slot or a ghost in its other bucket; then
// each moves one step, the last one first. A bucket that was looked at had no room, so no slot is on a path twice.
Shared<std::uint64_t>* Index::make_vacancy(const KeyHash& key) {
  struct Step {
    std::uint32_t bucket;
    std::uint32_t slot;
    std::uint32_t before;
  };
  constexpr std::uint32_t kFirst = kNone;
  // So many buckets at a time are on their way from memory: the search would else wait for one after another.
  constexpr std::uint32_t kAhead = 8;
  Bucket* page = directory_.page(directory_.look(key.shard, key.position));
  Step steps[kMostLooks];
  std::uint32_t known = 0;
  for (const std::uint32_t bucket : key.bucket) {
    for (std::uint32_t s = 0; s < kSlotsPerBucket; ++s) steps[known++] = {bucket, s, kFirst};
  }
  const auto slot_at = [&](const Step& step) -> Shared<std::uint64_t>& { return page[step.bucket].slot[step.slot]; };
  const auto other_of = [&](const Step& step) {
    const Slot word{slot_at(step).load(std::memory_order_relaxed)};
    return directory_.other_bucket(step.bucket, word.position());
  };
  for (std::uint32_t at = 0; at < kAhead; ++at) __builtin_prefetch(&page[other_of(steps[at])]);
  for (std::uint32_t at = 0; at < known; ++at) {
    if (at + kAhead < known) __builtin_prefetch(&page[other_of(steps[at + kAhead])]);
    const std::uint32_t other = other_of(steps[at]);
    Shared<std::uint64_t>* to = nullptr;
    for (auto& slot : page[other].slot) {
      const Slot there{slot.load(std::memory_order_relaxed)};
      if (there.is_entry()) continue;
      to = &slot;
      if (there.empty()) break;
    }
    if (to != nullptr) {
      for (std::uint32_t step = at; step != kFirst; step = steps[step].before) {
        directory_.move(key.shard, slot_at(steps[step]), *to);
        to = &slot_at(steps[step]);
      }
      return to;
    }
    for (std::uint32_t s = 0; s < kSlotsPerBucket && known < kMostLooks; ++s) steps[known++] = {other, s, at};
  }
  return nullptr;
}

Shared<std::uint64_t>& Index::coldest(const KeyHash& key) const {
  const Places all = places(key);
  // Starts at a place that the key chooses, so that ties do not always hit the same slot.
  const std::uint32_t start = static_cast<std::uint32_t>(key.hash >> 12) % kCandidates;
  std::uint32_t coldest = start;
  std::uint32_t fewest = Slot{all[start].load(std::memory_order_relaxed)}.hits();
  for (std::uint32_t i = 1; i < kCandidates; ++i) {
    const std::uint32_t at = (start + i) % kCandidates;
    const std::uint32_t hits = Slot{all[at].load(std::memory_order_relaxed)}.hits();
    if (hits >= fewest) continue;
    coldest = at;
    fewest = hits;
  }
  return all[coldest];
}

// --- ghosts ------------------------------------------------------------------------------------------------------

void Index::bury(Shared<std::uint64_t>& slot, Queue from) {
  const Slot entry{slot.load(std::memory_order_relaxed)};
  // Release: as for every change that takes an entry from a slot.
  slot.store(entry.ghost({from, admission_.stamp(from)}).word, std::memory_order_release);
}

std::optional<GhostMark> Index::find_ghost(const KeyHash& key) const {
  const Places all = places(key);
  for (std::uint32_t left = all.ghosts_at(key.position); left != 0; left &= left - 1) {
    const Slot word{all[static_cast<std::uint32_t>(std::countr_zero(left))].load(std::memory_order_relaxed)};
    if (word.is_ghost_at(key.position) && !admission_.forgotten(word.mark())) return word.mark();
  }
  return std::nullopt;
}

std::uint64_t Index::mend(std::uint16_t shard) {
  directory_.mend(shard);
  std::uint64_t entries = 0;
  for_each_slot(shard, [&](Shared<std::uint64_t>& slot) {
    if (Slot{slot.load(std::memory_order_relaxed)}.is_entry()) ++entries;
  });
  return entries;
}

}  // namespace freshet::segment
