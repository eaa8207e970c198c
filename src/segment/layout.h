// The bytes of a segment as C++ types: everything that processes share is declared here.
//
//   superblock | pool, shards | eviction | processes | tags | leases | counters | misses | directories | descriptors |
//   blocks
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
inline constexpr std::uint32_t kFormat = 3;
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
  /// Sequence of the last clear(): older entries are invalid. On a line of its own: every lookup reads it, and
  /// invalidations of tags would else take it from all readers.
  alignas(64) Shared<std::uint64_t> cleared_at;
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

/// How an entry of the main queue came there: on trial until main's end has come round to it once.
enum class Trial : std::uint8_t {
  none,         ///< no trial: read twice, or let in while there was room
  read_once,    ///< read once in the small queue
  small_ghost,  ///< came back after the small queue had dropped it
  main_ghost,   ///< came back after the main queue had dropped it
};

/// What is remembered of an entry that left.
struct GhostMark {
  Queue from = Queue::small;
  std::uint32_t stamp = 0;  ///< its queue's time, see Admission::stamp()
};

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

/// What a block's records name in place of their content words.
inline constexpr std::uint32_t kPaletteColours = 8;

/// One per block: a cache line that readers look at, and one for those who write.
struct alignas(64) BlockDescriptor {
  /// Odd while the content is valid, even while there is none. Bumped when the content stops being valid, before
  /// anything in the block is overwritten, and again when the block is opened, after `continues` was cleared. A reader
  /// that saw the same odd number before and after copying has copied one life of the block (I2).
  Shared<std::uint32_t> generation;
  /// Where the record that runs over this block's end goes on.
  Shared<std::uint32_t> next_in_log;
  /// Which record runs into this block's start: block and generation (see BlockLife) in which it began; 0 for none.
  Shared<std::uint64_t> continues;
  /// Those of the first record that began in this life: the others keep distances (record.h). Written before the
  /// generation is bumped at opening, constant for that life.
  Shared<std::int64_t> base_time;
  Shared<std::uint64_t> base_sequence;
  /// Content words plus one; 0 for none yet. Filled under the shard's lock, each before the first record that names it
  /// is published.
  Shared<std::uint32_t> palette[kPaletteColours];

  // Guarded by the pool's lock, but for what is said to be written under the lock of `shard`.

  /// A hint that some process may hold this block pinned; the truth is in the process slots.
  alignas(64) Shared<std::uint32_t> pinned;
  std::uint32_t next;
  std::uint32_t previous;
  std::uint32_t opened;  ///< order of opening, modulo 2^32: rebuilds the queues after a crash
  std::uint32_t owner;   ///< process slot, while cleaning
  BlockState state;
  std::uint8_t stream;
  std::uint16_t shard;
  // Under the lock of `shard`:
  std::uint32_t first_record;  ///< offset of the first record that starts here; block_bytes for none
  std::uint32_t head_offset;   ///< where in its own block the record of `continues` begins
  Shared<std::uint32_t> write_offset;
  Shared<std::uint32_t> live_bytes;
  Shared<std::int64_t> keep_until;        ///< the latest of its records, microseconds since 1970
  Shared<std::uint64_t> newest_sequence;  ///< of its records: a clear() behind it leaves nothing valid in the block
};
static_assert(sizeof(BlockDescriptor) == 128 && offsetof(BlockDescriptor, pinned) == 64);

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

/// What the rule of eviction has learned; see admission.h. Rates in parts of 65536, indexed by Trial less one.
struct alignas(64) EvictionState {
  Shared<std::uint64_t> cleaned[kQueues];  ///< bytes that came to the queue's end
  Shared<std::uint64_t> small_share;       ///< bytes that the small queue may hold
  Shared<std::uint32_t> success[3];        ///< of those let into main this way, how many were read there
  Shared<std::uint32_t> refused[3];
  Shared<std::uint32_t> returns;         ///< how many of those that main drops come back; may pass 65536
  Shared<std::uint32_t> largest;         ///< the longest record ever stored that may be moved, in bytes
  Shared<std::uint64_t> main_passed_at;  ///< cleaned[small] when main was cleaned last
  Shared<std::uint64_t> main_passed_bytes;
  Shared<std::uint64_t> mean_cost;   ///< of what is stored with a cost: in 1024ths of a microsecond
  Shared<std::uint64_t> mean_bytes;  ///< and of a byte
};

/// Where a record may begin (record.h).
inline constexpr std::uint32_t kRecordAlignment = 4;

// --- the index ---------------------------------------------------------------------------------------------------

/// Bits of a key's hash that a slot keeps. The top ones are the key's place in its shard's directory.
inline constexpr std::uint32_t kPositionBits = 21;

/// A slot is one atomic word: publishing, moving and removing an entry are single stores, so no crash can tear it.
///
///   63      43 42    42 41   40 39  38 37                              0
///   | position |   0   | trial | hits | log offset / kRecordAlignment + 1 |   an entry
///   | position |   1   |   -   | from |     -    |  its queue's time (32) |   the ghost of one; see Admission
///   all zero: empty
///
/// `hits` saturates at kMostHits; `trial` is how it came into the main queue.
struct Slot {
  std::uint64_t word = 0;
  static constexpr int kPositionShift = 64 - static_cast<int>(kPositionBits);
  static constexpr std::uint64_t kGhostBit = std::uint64_t{1} << (kPositionShift - 1);
  static constexpr int kHitsShift = 38;
  static constexpr std::uint64_t kHitsMask = std::uint64_t{3} << kHitsShift;
  static constexpr int kTrialShift = 40;
  static constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << kHitsShift) - 1;
  static constexpr std::uint32_t kMostHits = 3;

  static Slot make(std::uint32_t position, std::uint64_t log_offset, std::uint32_t hits, Trial trial = Trial::none) {
    return Slot{std::uint64_t{position} << kPositionShift | std::uint64_t(trial) << kTrialShift |
                std::uint64_t{hits} << kHitsShift | (log_offset / kRecordAlignment + 1)};
  }
  Slot ghost(GhostMark mark) const {
    return Slot{(word & ~(kGhostBit - 1)) | kGhostBit | std::uint64_t(mark.from) << kHitsShift | mark.stamp};
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
  // Of an entry:
  std::uint32_t hits() const { return static_cast<std::uint32_t>((word & kHitsMask) >> kHitsShift); }
  Trial trial() const { return static_cast<Trial>(word >> kTrialShift & 3); }
  std::uint64_t log_offset() const { return ((word & kOffsetMask) - 1) * kRecordAlignment; }
  Slot with_hits(std::uint32_t hits) const { return Slot{(word & ~kHitsMask) | std::uint64_t{hits} << kHitsShift}; }
  /// The same entry, elsewhere in the log.
  Slot moved_to(std::uint64_t log_offset) const {
    return Slot{(word & ~kOffsetMask) | (log_offset / kRecordAlignment + 1)};
  }
  // Of a ghost:
  GhostMark mark() const { return {static_cast<Queue>(word >> kHitsShift & 1), static_cast<std::uint32_t>(word)}; }
};

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
  std::uint32_t next_lease;  ///< where the search for a free lease starts
};

inline constexpr std::uint32_t kUnusedProcess = 0;
/// A block that is being cleaned, and how far.
struct Sweep {
  std::uint32_t block = kNone;
  std::uint32_t offset = kNone;  ///< of the next record to be judged; kNone before the first
  std::uint64_t passed_bytes = 0;
};

/// One per attached process, owned by who holds the byte lock of its number (platform/byte_lock.h). Followed by
/// pins_per_process words: the BlockLife that each pin protects, 0 for none.
struct alignas(64) ProcessSlot {
  Shared<std::uint32_t> pid;  ///< for people; kUnusedProcess when free
  Shared<std::uint32_t> pins_in_use;
  // The block that this process is cleaning by instalments, guarded by `sweeping` among its threads. When it dies, the
  // block goes back to its queue.
  Shared<std::uint32_t> sweeping;  ///< 1 while a thread is at it
  Sweep sweep;
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
                                    sizeof(CounterStripe) * 43 + sizeof(BlockDescriptor) * 47 +
                                    sizeof(LeaseEntry) * 53 + sizeof(Bucket) * 59 + sizeof(EvictionState) * 71 +
                                    sizeof(ProcessSlot) * 73 + kPositionBits * 61 + kRecordAlignment * 67);
}

}  // namespace freshet::segment
