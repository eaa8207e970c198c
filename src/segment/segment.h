// An opened segment: the mapping, proven to be one of ours, and its parts.
//
// Opening creates, validates or attaches; it is the only place that reports trouble by exception. Nothing of policy
// here: bytes, places and counters.
#pragma once

#include "platform/mapped_file.h"
#include "segment/admission.h"
#include "segment/block_pool.h"
#include "segment/counters.h"
#include "segment/index.h"
#include "segment/layout.h"
#include "segment/leases.h"
#include "segment/log.h"
#include "segment/placement.h"
#include "segment/process_table.h"
#include "segment/tags.h"

#include <memory>
#include <string>

namespace freshet::segment {

/// What to do when there is no segment at the place, or none that may be kept.
enum class IfAbsent { create, refuse };

/// Threads: the parts say. Ownership: the mapping lives as long as this.
class Segment {
 public:
  /// Errors: throws ConfigError that names the place, what is wrong with it, and the mend.
  static std::unique_ptr<Segment> open(const Placement& placement, IfAbsent if_absent = IfAbsent::create);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  /// Something that whoever opened this may want to know ("attached at its existing size of ..."); often empty.
  const std::string& notice() const { return notice_; }
  const Placement& placement() const { return placement_; }

  /// Locks the shard; after a crash inside it, first mends what that crash can have left.
  class ShardLock {
   public:
    ShardLock(Segment& segment, std::uint16_t shard);

   private:
    platform::RobustLock lock_;
  };

  /// Takes back what dead processes held. Costs a system call per living process; called where a dead one would be in
  /// the way.
  void reap();
  /// The same, once in half a second among all processes.
  void reap_now_and_then();
  /// Empties every slot that leads into the block. Looks at the whole shard: for blocks that cannot be read. Under the
  /// shard's lock.
  void forget_block(std::uint16_t shard, std::uint32_t block);

 private:
  Segment(Placement placement, platform::File file, platform::Mapping mapping, const Geometry& geometry);
  static void format(std::byte* at, const Geometry& geometry);
  /// What is wrong behind a superblock that is right; null for nothing. `alone`: nobody else is attached.
  static const char* damage(std::byte* at, const Geometry& geometry, bool alone);
  /// Of a file on disk: waits until its first `bytes` are there.
  void sync(std::uint64_t bytes) const;
  template <class T>
  T* part(std::uint64_t offset) const {
    return reinterpret_cast<T*>(mapping_.data() + offset);
  }
  void mend_shard(std::uint16_t shard);
  void forget_lost_blocks(std::uint16_t shard);

  Placement placement_;
  platform::Mapping mapping_;
  std::string notice_;

 public:
  // The parts, in the order in which they build on each other.
  const Geometry geometry;
  Superblock& superblock;
  Shard* const shards;
  ProcessTable processes;
  BlockPool pool;
  Log log;
  Admission admission;
  Index index;
  Tags tags;
  Leases leases;
  Counters counters;
};

}  // namespace freshet::segment
