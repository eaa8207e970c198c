#include "segment/index.h"

#include <bit>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace freshet::segment {
namespace {

constexpr std::size_t kSecretBytes = sizeof(Superblock::hash_secret);
static_assert(kSecretBytes >= XXH3_SECRET_SIZE_MIN);

// Lemire's multiplication instead of a division: `x` of 32 bits to [0, n).
std::uint32_t reduce(std::uint32_t x, std::uint32_t n) {
  return static_cast<std::uint32_t>(std::uint64_t{x} * n >> 32);
}

// The top bit of a ghost's fingerprint tells its queue.
constexpr std::uint32_t kGhostFromMain = std::uint32_t{1} << 31;

}  // namespace

std::uint64_t Index::hash_name(std::string_view name) const {
  return XXH3_64bits_withSecret(name.data(), name.size(), secret_, kSecretBytes);
}

KeyHash Index::hash(std::string_view key) const {
  KeyHash k;
  k.hash = hash_name(key);
  // Independent bits for each purpose: shard from the top, first bucket from the middle, fingerprint from the bottom;
  // the second bucket and the ghosts from a remix (Fibonacci hashing).
  k.shard = static_cast<std::uint16_t>(geometry_.shards == 1 ? 0 : k.hash >> (64 - std::countr_zero(geometry_.shards)));
  k.fingerprint = static_cast<std::uint16_t>(k.hash);
  k.bucket[0] = reduce(static_cast<std::uint32_t>(k.hash >> 20), geometry_.buckets_per_shard);
  const std::uint64_t remix = (k.hash ^ k.hash >> 32) * 0x9E3779B97F4A7C15;
  k.bucket[1] = reduce(static_cast<std::uint32_t>(remix >> 32), geometry_.buckets_per_shard);
  if (k.bucket[1] == k.bucket[0]) k.bucket[1] = (k.bucket[0] + 1) % geometry_.buckets_per_shard;
  k.ghost_bucket = reduce(static_cast<std::uint32_t>(remix >> 16), geometry_.ghosts_per_shard);
  k.ghost_fingerprint = (static_cast<std::uint32_t>(k.hash >> 8) & ~kGhostFromMain) | 1;
  return k;
}

void Index::hit(Shared<std::uint64_t>& slot, Slot seen) {
  if (seen.hits() == 3) return;
  std::uint64_t expected = seen.word;
  // Relaxed: the counter orders nothing. Losing a race loses one count.
  slot.compare_exchange_weak(expected, seen.with_hits(seen.hits() + 1).word, std::memory_order_relaxed);
}

Shared<std::uint64_t>* Index::empty_slot(const KeyHash& key) const {
  Shared<std::uint64_t>* empty[2] = {nullptr, nullptr};
  std::uint32_t count[2] = {0, 0};
  for (std::uint32_t choice = 0; choice < 2; ++choice) {
    for (auto& slot : bucket(key, choice).slot) {
      if (slot.load(std::memory_order_relaxed) != 0) continue;
      if (empty[choice] == nullptr) empty[choice] = &slot;
      ++count[choice];
    }
  }
  return count[1] > count[0] ? empty[1] : empty[0];
}

Shared<std::uint64_t>& Index::coldest_slot(const KeyHash& key) const {
  // Starts at a place that the key chooses, so that ties do not always hit the same slot.
  const std::uint32_t start = static_cast<std::uint32_t>(key.hash >> 12) % kCandidates;
  Shared<std::uint64_t>* coldest = &slot(key, start);
  for (std::uint32_t i = 1; i < kCandidates; ++i) {
    auto& candidate = slot(key, (start + i) % kCandidates);
    if (Slot{candidate.load(std::memory_order_relaxed)}.hits() <
        Slot{coldest->load(std::memory_order_relaxed)}.hits()) {
      coldest = &candidate;
    }
  }
  return *coldest;
}

Shared<std::uint64_t>* Index::slot_of(const KeyHash& key, std::uint64_t log_offset) const {
  for (std::uint32_t i = 0; i < kCandidates; ++i) {
    auto& candidate = slot(key, i);
    const Slot word{candidate.load(std::memory_order_relaxed)};
    if (!word.empty() && word.log_offset() == log_offset) return &candidate;
  }
  return nullptr;
}

void Index::add_ghost(const KeyHash& key, Queue from) {
  GhostBucket& bucket = ghosts(key);
  const std::uint32_t at = bucket.cursor.load(std::memory_order_relaxed) % kGhostsPerBucket;
  bucket.fingerprint[at].store(key.ghost_fingerprint | (from == Queue::main ? kGhostFromMain : 0),
                               std::memory_order_relaxed);
  bucket.cursor.store(at + 1, std::memory_order_relaxed);
}

bool Index::find_ghost(const KeyHash& key, Queue& from) const {
  for (auto& fingerprint : ghosts(key).fingerprint) {
    const std::uint32_t word = fingerprint.load(std::memory_order_relaxed);
    if ((word & ~kGhostFromMain) != key.ghost_fingerprint) continue;
    from = (word & kGhostFromMain) != 0 ? Queue::main : Queue::small;
    return true;
  }
  return false;
}

}  // namespace freshet::segment
