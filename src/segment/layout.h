// The bytes of a segment as C++ types: everything that processes share is declared here.
//
//   superblock | pool, shards | processes | tags | leases | counters | misses | directories | block descriptors | log
//
// Only offsets inside, never pointers. Every field that two processes may touch is an atomic, or is guarded by the lock
// named beside it.
#pragma once

#include "platform/robust_mutex.h"
#include "segment/geometry.h"

#include <freshet/reason.h>
#include <freshet/store.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace freshet::segment {

inline constexpr char kMagic[8] = {'F', 'R', 'E', 'S', 'H', 'E', 'T', '\n'};
/// Stands in the magic's place until the segment is whole. A file that begins so, or is empty, is what a creator left
/// that was killed; nothing else is ever taken for one.
inline constexpr char kUnfinishedMagic[8] = {'f', 'r', 'e', 's', 'h', 'e', 't', '?'};
/// Raised with every change of the bytes below.
inline constexpr std::uint32_t kFormat = 2;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

template <class T>
using Shared = std::atomic<T>;
static_assert(Shared<std::uint64_t>::is_always_lock_free && Shared<std::uint32_t>::is_always_lock_free,
              "a lock hidden in an atomic would not be shared between processes");

// --- the first page ----------------------------------------------------------------------------------------------

enum class SegmentState : std::uint32_t { in_use = 1, closed = 2 };

struct Superblock {
  // Written once by whoever formats, then constant. `checksum` covers all of it.
  char magic[8];
  std::uint32_t format;
  std::uint32_t abi;  ///< sizes of the shared structures: a different build that disagrees is refused
  Geometry geometry;
  std::uint8_t hash_secret[192];  ///< I8: keys are hashed with this
  std::uint64_t checksum;

  // Guarded by the file's format lock.
  char boot_id[48];
  Shared<SegmentState> state;

  /// The one order of invalidations (I6). A load notes it before it reads; an invalidation takes the next number.
  alignas(64) Shared<std::uint64_t> sequence;
  /// Sequence of the last clear(): older entries are invalid.
  Shared<std::uint64_t> cleared_at;
  alignas(64) Shared<std::uint64_t> next_lease;
  /// When somebody last looked for dead processes: host_monotonic_us().
  Shared<std::int64_t> reaped_at;
};
static_assert(sizeof(Superblock) <= 4096);
inline constexpr std::uint64_t kSuperblockBytes = 4096;

// --- the log -----------------------------------------------------------------------------------------------------

/// S3-FIFO's queues (SOSP '23): newcomers wait in `small`; what is read again moves to `main`.
enum class Queue : std::uint8_t { small = 0, main = 1 };
inline constexpr std::uint32_t kQueues = 2;
/// Entries that die at about the same time share blocks, so that a whole block expires at once (Segcache, NSDI '21).
inline constexpr std::uint32_t kLifetimes = 4;
inline constexpr std::uint32_t kStreams = kQueues * kLifetimes;

enum class BlockState : std::uint8_t {
  free,       ///< on the free list
  filling,    ///< in its queue; a shard may append to it
  cleaning,   ///< taken out of its queue by the process `owner`, which moves or drops its records
  condemned,  ///< its content is gone from the index, but a reader holds it pinned
  index,      ///< a page of the index of `shard`, in no list; found again through that shard's directory
};

/// One per block. Guarded by the pool's lock: state, owner, next, previous, opened. Written under the lock of `shard`:
/// write_offset, first_record, head_offset, live_bytes, keep_until. Read by lock-free readers: generation, next_in_log,
/// continues.
struct alignas(64) BlockDescriptor {
  /// Odd while the content is valid, even while there is none. Bumped when the content stops being valid, before
  /// anything in the block is overwritten, and again when the block is opened, after `continues` was cleared. A reader
  /// that saw the same odd number before and after copying has copied one life of the block (I2).
  Shared<std::uint32_t> generation;
  /// Where the record that runs over this block's end goes on.
  Shared<std::uint32_t> next_in_log;
  /// Which record runs into this block's start: block and generation (see BlockLife) in which it began; 0 for none.
  Shared<std::uint64_t> continues;
  /// A hint that some process may hold this block pinned; the truth is in the process slots.
  Shared<std::uint32_t> pinned;
  std::uint32_t next;
  std::uint32_t previous;
  std::uint32_t opened;  ///< order of opening, modulo 2^32: rebuilds the queues after a crash
  std::uint32_t owner;   ///< process slot, while cleaning
  BlockState state;
  std::uint8_t stream;
  std::uint16_t shard;
  std::uint32_t first_record;  ///< offset of the first record that starts here; block_bytes for none
  std::uint32_t head_offset;   ///< where in its own block the record of `continues` begins
  Shared<std::uint32_t> write_offset;
  Shared<std::uint32_t> live_bytes;
  Shared<std::int64_t> keep_until;  ///< the latest of its records, microseconds since 1970
};
static_assert(sizeof(BlockDescriptor) == 64);

/// One life of one block: what a pin protects and a continuation names.
///   63        32 31        0
///   | block + 1 | generation |
struct BlockLife {
  std::uint32_t block;
  std::uint32_t generation;
  std::uint64_t word() const { return (std::uint64_t{block} + 1) << 32 | generation; }
  /// The inverse; block kNone for the word 0.
  static BlockLife of(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 32) - 1, static_cast<std::uint32_t>(word)};
  }
  friend bool operator==(const BlockLife&, const BlockLife&) = default;
};

/// Guards the descriptors' lists. The innermost lock: no other is taken inside.
struct alignas(64) Pool {
  platform::RobustMutex mutex;
  std::uint32_t free_head;
  std::uint32_t condemned_head;
  std::uint32_t condemned_tail;
  std::uint32_t opened;
  std::uint32_t head[kStreams];
  std::uint32_t tail[kStreams];
  Shared<std::uint32_t> free_count;
  Shared<std::uint32_t> queued[kQueues];
  Shared<std::uint32_t> index_count;
};

/// What precedes every entry in the log; always whole within one block. Behind it, possibly running on into the next
/// blocks, unpadded: the tag part (if any tags), the key, the value. The next record starts at a multiple of eight.
///
///   tag part:  tags x u32 slot | u32 bytes of names | names, each u16 length + bytes
///
/// Constant once published, but for the two instants, which retime() changes under the shard's lock.
struct RecordHeader {
  ///  63   58 57            41 40                0
  ///  | tags |   key_bytes    |   value_bytes    |
  std::uint64_t sizes;
  std::uint64_t sequence;            ///< invalidations up to this one came before the value was read
  Shared<std::int64_t> fresh_until;  ///< microseconds since 1970
  Shared<std::int64_t> keep_until;
  std::int64_t stored_at;
  std::uint32_t load_cost_us;
  std::uint32_t content;
};
static_assert(sizeof(RecordHeader) == 48);
inline constexpr std::uint32_t kRecordAlignment = 8;

// --- the index ---------------------------------------------------------------------------------------------------

/// Bits of a key's hash that a slot keeps. The top ones are the key's place in its shard's directory.
inline constexpr std::uint32_t kPositionBits = 22;

/// A slot is one atomic word: publishing, moving and removing an entry are single stores, so no crash can tear it.
///
///   63      42 41    41 40  38 37                              0
///   | position | ghost | hits | log offset / kRecordAlignment + 1 |   an entry
///   | position |   1   | note |  note (3)  | when buried (32 bits) |   the ghost of one; see Index::bury()
///   all zero: empty
///
/// `hits` saturates at kMostHits: S3-FIFO's counter.
struct Slot {
  std::uint64_t word = 0;
  static constexpr int kPositionShift = 64 - static_cast<int>(kPositionBits);
  static constexpr std::uint64_t kGhostBit = std::uint64_t{1} << 41;
  static constexpr int kHitsShift = 38;
  static constexpr std::uint64_t kHitsMask = std::uint64_t{7} << kHitsShift;
  static constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << kHitsShift) - 1;
  static constexpr std::uint32_t kMostHits = 3;
  static constexpr int kNoteShift = 32;
  static constexpr int kNoteBits = 9;

  static Slot make(std::uint32_t position, std::uint64_t log_offset, std::uint32_t hits) {
    return Slot{std::uint64_t{position} << kPositionShift | std::uint64_t{hits} << kHitsShift |
                (log_offset / kRecordAlignment + 1)};
  }
  Slot ghost(std::uint32_t note, std::uint32_t buried_at) const {
    return Slot{(word & ~(kGhostBit - 1)) | kGhostBit | std::uint64_t{note} << kNoteShift | buried_at};
  }

  bool empty() const { return word == 0; }
  bool is_ghost() const { return (word & kGhostBit) != 0; }
  bool is_entry() const { return word != 0 && !is_ghost(); }
  std::uint32_t position() const { return static_cast<std::uint32_t>(word >> kPositionShift); }
  /// An entry's, with this position.
  bool is_entry_at(std::uint32_t position) const {
    return word != 0 && word >> (kPositionShift - 1) == std::uint64_t{position} << 1;
  }
  bool is_ghost_at(std::uint32_t position) const {
    return word >> (kPositionShift - 1) == (std::uint64_t{position} << 1 | 1);
  }
  std::uint32_t hits() const { return static_cast<std::uint32_t>((word & kHitsMask) >> kHitsShift); }
  std::uint64_t log_offset() const { return ((word & kOffsetMask) - 1) * kRecordAlignment; }
  Slot with_hits(std::uint32_t hits) const { return Slot{(word & ~kHitsMask) | std::uint64_t{hits} << kHitsShift}; }
  std::uint32_t note() const {
    return static_cast<std::uint32_t>(word >> kNoteShift) & ((std::uint32_t{1} << kNoteBits) - 1);
  }
  std::uint32_t buried_at() const { return static_cast<std::uint32_t>(word); }
};
static_assert(Slot::kPositionShift - 1 == 41 && Slot::kHitsShift + 3 == 41 && Slot::kNoteShift + Slot::kNoteBits == 41);

inline constexpr std::uint32_t kSlotsPerBucket = 8;
/// Slots change under the shard's lock; only `hits` may be raised without it.
struct alignas(64) Bucket {
  Shared<std::uint64_t> slot[kSlotsPerBucket];
};
static_assert(sizeof(Bucket) == 64);

/// An entry of a shard's directory: which block of the log is the page of the positions that begin with its number.
/// Written under the shard's lock, read by lock-free readers.
///
///   63      32 31    0
///   | version | block |
///
/// The version grows with every entry that moves between buckets of the page; see Directory.
struct PageName {
  std::uint64_t word = 0;
  static PageName make(std::uint32_t block, std::uint32_t version) {
    return PageName{std::uint64_t{version} << 32 | block};
  }
  std::uint32_t block() const { return static_cast<std::uint32_t>(word); }
  std::uint32_t version() const { return static_cast<std::uint32_t>(word >> 32); }
};

// --- leases, tags, processes ---------------------------------------------------------------------------------------

enum class LeaseState : std::uint32_t { free, loading, ended };

inline constexpr std::size_t kLeaseMessageBytes = 128;
/// One load under way. Guarded by the shard's lock for writing; waiters read the atomics without it.
struct alignas(64) LeaseEntry {
  Shared<std::uint64_t> token;    ///< changes with every grant
  Shared<std::uint32_t> wakeups;  ///< futex: bumped at every change of this entry
  Shared<LeaseState> state;
  Shared<std::uint32_t> end;      ///< LoadEnd, once ended
  Shared<std::uint32_t> owner;    ///< process slot
  Shared<std::int64_t> deadline;  ///< host_monotonic_us() after which others may take over
  std::uint64_t sequence;         ///< the fence
  std::uint64_t key_hash;
  Shared<std::uint32_t> message_bytes;
  char message[kLeaseMessageBytes];
};
static_assert(sizeof(LeaseEntry) == 192);

/// Guards one part of the keys: its directory and pages, its leases, its open blocks. Taken before the pool's lock.
struct alignas(64) Shard {
  platform::RobustMutex mutex;
  std::uint32_t open_block[kStreams];
  Shared<std::uint32_t> loading;  ///< leases in state loading: zero spares the search
  Shared<std::uint64_t> entries;
  Shared<std::uint32_t> buried;  ///< ghosts ever made, modulo 2^32: the clock that they age by
  std::uint32_t next_lease;      ///< where the search for a free lease starts
};

inline constexpr std::uint32_t kUnusedProcess = 0;
/// One per attached process, owned by who holds the byte lock of its number (platform/byte_lock.h). Followed by
/// pins_per_process words: the BlockLife that each pin protects, 0 for none.
struct alignas(64) ProcessSlot {
  Shared<std::uint32_t> pid;  ///< for people; kUnusedProcess when free
  Shared<std::uint32_t> pins_in_use;
};

/// Why a key was missed last: a small table, overwritten by whoever comes. `check` is `hash ^ what`, so that a pair
/// written by two at once is not believed.
struct RememberedMiss {
  Shared<std::uint64_t> check;
  ///  63    56 55                     0
  ///  | reason |  microseconds of 1970 |
  Shared<std::uint64_t> what;
};

/// Counted without contention: a thread keeps to one stripe; a reader adds them up.
struct alignas(64) CounterStripe {
  Shared<std::uint64_t> count[kReasonCount];
  Shared<std::uint64_t> load_time[kHistogramBuckets];
  Shared<std::uint64_t> load_time_sum_us;
};

/// Differs between builds whose shared structures differ.
constexpr std::uint32_t abi_fingerprint() {
  return static_cast<std::uint32_t>(sizeof(Superblock) * 31 + sizeof(Shard) * 37 + sizeof(Pool) * 41 +
                                    sizeof(CounterStripe) * 43 + sizeof(RecordHeader) * 47 + sizeof(LeaseEntry) * 53 +
                                    sizeof(Bucket) * 59 + kPositionBits * 61 + kRecordAlignment * 67);
}

}  // namespace freshet::segment
