#include "segment/leases.h"

#include "platform/futex.h"
#include "platform/pause_point.h"
#include "platform/racy_copy.h"

#include <algorithm>
#include <cstring>

namespace freshet::segment {
namespace {

// How often a waiter looks whether the owner still lives: well within the second that I4 promises.
constexpr Duration kLivenessPeriod = std::chrono::milliseconds(100);

constexpr std::uint64_t kMostLeases = std::uint64_t{1} << 63;

// The caller's span on the host's clock, saturating.
std::int64_t deadline_after(Duration span) {
  const std::int64_t now = platform::host_monotonic_us();
  return span.count() > INT64_MAX - now ? INT64_MAX : now + span.count();
}

// Changing the word before waking: a waiter that has not slept yet sees the change instead.
void wake(LeaseEntry& entry) {
  entry.wakeups.fetch_add(1);
  platform::futex_wake_all(entry.wakeups);
}

}  // namespace

LeaseEntry* Leases::find_loading(const KeyHash& key) {
  if (shards_[key.shard].loading.load(std::memory_order_relaxed) == 0) return nullptr;
  LeaseEntry* entries = first(key.shard);
  for (std::uint32_t i = 0; i < geometry_.leases_per_shard; ++i) {
    LeaseEntry& entry = entries[i];
    if (entry.state.load() != LeaseState::loading) continue;
    if (entry.key_hash == key.hash) return &entry;
    // A dead process's, past its deadline: whoever waited has taken over long ago. It must not cost every later call
    // this walk.
    if (entry.owner.load() == kNone && entry.deadline.load() <= platform::host_monotonic_us()) {
      end(key, entry, LoadEnd::owner_died);
    }
  }
  return nullptr;
}

bool Leases::abandoned(const LeaseEntry& entry) const {
  return entry.deadline.load() <= platform::host_monotonic_us() || !processes_.lives(entry.owner.load());
}

Lease Leases::grant(LeaseEntry& entry, const KeyHash& key, Duration deadline) {
  // First, before anything else of the entry changes: from here on a late owner that it is taken from is refused, also
  // if we die on the way and the next one to give the entry away gives it back to its key.
  entry.token.store(superblock_.next_lease.fetch_add(1) + 1);
  entry.key_hash = key.hash;
  platform::pause_point("leases.half_granted");
  entry.owner.store(processes_.own_slot());
  entry.deadline.store(deadline_after(deadline));
  entry.message_bytes.store(0);
  // The fence: read before the caller's load begins.
  entry.sequence = superblock_.sequence.load();
  // Last: a lease that is loading has a token that nobody had before.
  entry.state.store(LeaseState::loading);
  return Lease{entry.token.load(), entry.sequence, static_cast<std::uint64_t>(&entry - entries_), false};
}

Acquire Leases::acquire(const KeyHash& key, Duration deadline) {
  Shard& shard = shards_[key.shard];
  if (processes_.own_slot() == kNone) return {};
  if (LeaseEntry* entry = find_loading(key)) {
    if (!abandoned(*entry)) {
      return {Acquire::Status::busy,
              Lease{entry->token.load(), entry->sequence, static_cast<std::uint64_t>(entry - entries_), false},
              Reason::loaded};
    }
    Acquire taken{Acquire::Status::granted, grant(*entry, key, deadline), Reason::load_taken_over};
    taken.lease.taken_over = true;
    wake(*entry);
    return taken;
  }
  LeaseEntry* entries = first(key.shard);
  LeaseEntry* dead = nullptr;
  for (std::uint32_t i = 0; i < geometry_.leases_per_shard; ++i) {
    // Round about, so that an ended entry keeps its result for its waiters as long as possible.
    LeaseEntry& entry = entries[(shard.next_lease + i) % geometry_.leases_per_shard];
    if (entry.state.load() == LeaseState::loading) {
      if (dead == nullptr && abandoned(entry)) dead = &entry;
      continue;
    }
    shard.next_lease = static_cast<std::uint32_t>(&entry - entries + 1) % geometry_.leases_per_shard;
    shard.loading.fetch_add(1);
    platform::pause_point("leases.granting");
    return {Acquire::Status::granted, grant(entry, key, deadline), Reason::loaded};
  }
  if (dead != nullptr) {
    Acquire granted{Acquire::Status::granted, grant(*dead, key, deadline), Reason::loaded};
    wake(*dead);
    return granted;
  }
  return {};
}

LeaseEntry* Leases::find(const KeyHash& key, const Lease& lease) {
  const std::uint64_t entries = std::uint64_t{geometry_.shards} * geometry_.leases_per_shard;
  if (!lease || lease.place >= entries) return nullptr;
  LeaseEntry& entry = entries_[lease.place];
  if (entry.token.load() != lease.token || entry.state.load() != LeaseState::loading) return nullptr;
  return entry.key_hash == key.hash ? &entry : nullptr;
}

Reason Leases::why_lost(const Lease& lease) const {
  const std::uint64_t entries = std::uint64_t{geometry_.shards} * geometry_.leases_per_shard;
  if (lease.place >= entries) return Reason::refused_lease_lost;
  const LeaseEntry& entry = entries_[lease.place];
  const bool superseded = entry.token.load() == lease.token && entry.state.load() == LeaseState::ended &&
                          static_cast<LoadEnd>(entry.end.load()) == LoadEnd::superseded;
  return superseded ? Reason::refused_key_changed : Reason::refused_lease_lost;
}

void Leases::end(const KeyHash& key, LeaseEntry& entry, LoadEnd how, std::string_view message) {
  const auto bytes = static_cast<std::uint32_t>(std::min(message.size(), kLeaseMessageBytes));
  // Release: a waiter of an earlier load that reads this message by mistake also sees the token that shows it so.
  std::atomic_thread_fence(std::memory_order_release);
  if (bytes > 0) platform::racy_write(entry.message, message.data(), bytes);
  entry.message_bytes.store(bytes);
  entry.end.store(static_cast<std::uint32_t>(how));
  entry.state.store(LeaseState::ended);
  shards_[key.shard].loading.fetch_sub(1);
  platform::pause_point("leases.ended");
  wake(entry);
}

void Leases::supersede(const KeyHash& key) {
  if (LeaseEntry* entry = find_loading(key)) end(key, *entry, LoadEnd::superseded);
}

bool Leases::loading(const KeyHash& key) {
  LeaseEntry* entry = find_loading(key);
  return entry != nullptr && !abandoned(*entry);
}

void Leases::recount(std::uint16_t shard) {
  std::uint32_t loading = 0;
  for (std::uint32_t i = 0; i < geometry_.leases_per_shard; ++i) {
    loading += first(shard)[i].state.load() == LeaseState::loading ? 1U : 0U;
  }
  shards_[shard].loading.store(loading);
}

Waited Leases::wait(const Lease& ticket, Duration timeout) {
  if (ticket.place >= std::uint64_t{geometry_.shards} * geometry_.leases_per_shard) return {LoadEnd::superseded, {}};
  LeaseEntry& entry = entries_[ticket.place];
  const std::int64_t until = deadline_after(timeout);
  while (true) {
    const std::uint32_t seen = entry.wakeups.load();
    const LeaseState state = entry.state.load();
    const auto end = static_cast<LoadEnd>(entry.end.load());
    Waited waited{end, {}};
    if (state == LeaseState::ended && end == LoadEnd::failed) {
      waited.message.resize(std::min<std::size_t>(entry.message_bytes.load(), kLeaseMessageBytes));
      platform::racy_read(waited.message.data(), entry.message, waited.message.size());
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    // Another token: the entry was given to another load, so ours has ended, how it ended is forgotten, and looking
    // again is right in any case.
    if (entry.token.load() != ticket.token) return {LoadEnd::superseded, {}};
    if (state == LeaseState::ended) return waited;
    if (abandoned(entry)) return {LoadEnd::owner_died, {}};
    const std::int64_t left = until - platform::host_monotonic_us();
    if (left <= 0) return {LoadEnd::timeout, {}};
    platform::futex_wait(entry.wakeups, seen, std::min(Duration(left), kLivenessPeriod));
  }
}

void Leases::take_back_from(std::uint32_t dead_owner) {
  const std::uint64_t entries = std::uint64_t{geometry_.shards} * geometry_.leases_per_shard;
  for (std::uint64_t i = 0; i < entries; ++i) {
    std::uint32_t owner = dead_owner;
    if (entries_[i].owner.compare_exchange_strong(owner, kNone) && entries_[i].state.load() == LeaseState::loading) {
      wake(entries_[i]);
    }
  }
}

// Each owner is dead. In a damaged file one may be named that a living process could come to be.
void Leases::recover() {
  const std::uint64_t entries = std::uint64_t{geometry_.shards} * geometry_.leases_per_shard;
  for (std::uint64_t i = 0; i < entries; ++i) entries_[i].owner.store(kNone);
  // Out of reach but by damage; behind the last one comes 0, which is no lease. Nobody holds an old one.
  if (superblock_.next_lease.load() > kMostLeases) superblock_.next_lease.store(0);
}

std::uint64_t Leases::under_way() const {
  std::uint64_t n = 0;
  for (std::uint32_t shard = 0; shard < geometry_.shards; ++shard) {
    if (shards_[shard].loading.load() == 0) continue;
    const LeaseEntry* entries = first(static_cast<std::uint16_t>(shard));
    for (std::uint32_t i = 0; i < geometry_.leases_per_shard; ++i) {
      n += entries[i].state.load() == LeaseState::loading && !abandoned(entries[i]) ? 1U : 0U;
    }
  }
  return n;
}

}  // namespace freshet::segment
