// The right to load a key: at most one living owner per key on the host (I4), and the fence its fill must pass (I3).
// After the leases of Facebook's memcache (Nishtala et al., NSDI '13), with owner death and hand-over added.
//
// Threads: members that say so run under the lock of the key's shard; the rest from any thread without it.
#pragma once

#include "segment/index.h"
#include "segment/layout.h"
#include "segment/process_table.h"

#include <cstdint>
#include <string_view>

namespace freshet::segment {

class Leases {
 public:
  Leases(Superblock& superblock, LeaseEntry* entries, Shard* shards, const Geometry& geometry, ProcessTable& processes)
      : superblock_(superblock), entries_(entries), shards_(shards), geometry_(geometry), processes_(processes) {}

  // --- under the shard's lock ---

  Acquire acquire(const KeyHash& key, Duration deadline);
  /// The entry of a lease that is still its owner's; null when it ended, was superseded or passed on.
  LeaseEntry* find(const KeyHash& key, const Lease& lease);
  /// Why find() gives null: superseded by a write of the key, or passed on to another owner.
  Reason why_lost(const Lease& lease) const;
  /// Ends the lease; waiters wake.
  void end(const KeyHash& key, LeaseEntry& entry, LoadEnd how, std::string_view message = {});
  /// The key was written or erased: a load that is under way must not be stored (I3).
  void supersede(const KeyHash& key);
  bool loading(const KeyHash& key);
  /// After a crash inside the shard: counts anew.
  void recount(std::uint16_t shard);

  // --- without a lock ---

  /// Blocks until the load ends, its owner dies, or `timeout` has passed.
  Waited wait(const Lease& ticket, Duration timeout);
  /// Loads whose owner lives and is within its deadline.
  std::uint64_t under_way() const;
  /// The leases of a dead process become anybody's, before its slot can get another owner.
  void take_back_from(std::uint32_t dead_owner);
  /// All of them become anybody's. Only while nobody else is attached.
  void recover();

 private:
  LeaseEntry* first(std::uint16_t shard) const { return entries_ + std::uint64_t{shard} * geometry_.leases_per_shard; }
  LeaseEntry* find_loading(const KeyHash& key);
  bool abandoned(const LeaseEntry& entry) const;
  Lease grant(LeaseEntry& entry, const KeyHash& key, Duration deadline);

  Superblock& superblock_;
  LeaseEntry* entries_;
  Shard* shards_;
  const Geometry& geometry_;
  ProcessTable& processes_;
};

}  // namespace freshet::segment
