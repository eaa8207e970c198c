// The log: where entries' bytes lie. Written once, recycled block by block.
//
// Records follow each other through the blocks of a stream (one per shard, queue and lifetime); a record that does not
// fit into the rest of its block runs on into the next, so no space is lost at block ends whatever the sizes.
//
// A lock-free reader proves what it copied (I2): it notes the generation of the record's block, copies, and looks at
// the generation again. It is bumped before a single byte of the block is overwritten. Where a record runs on, each
// further block is proved the same way, and must say that it continues this very life of the first block.
#pragma once

#include "platform/racy_copy.h"
#include "segment/block_pool.h"
#include "segment/layout.h"
#include "segment/record.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::segment {

inline std::uint64_t align_record(std::uint64_t bytes) {
  return (bytes + kRecordAlignment - 1) & ~std::uint64_t{kRecordAlignment - 1};
}

/// One record in one life of its block.
struct RecordRef {
  BlockLife life;
  std::uint32_t offset = 0;
};

/// What to append. The tag part is prepared by the caller (record.h); `fields` tell all sizes.
struct NewRecord {
  RecordFields fields;
  std::span<const std::byte> tag_part;
  std::string_view key;
  std::span<const std::byte> value;
  /// At most what it takes, wherever it comes to stand.
  std::uint64_t most_bytes() const { return record::kMostBytes + fields.body_bytes(); }
};

class Log;

/// Reads a record piece by piece. Every step may fail: then the record was recycled under the reader.
class Cursor {
 public:
  /// At the first byte behind the header.
  Cursor(const Log& log, const RecordRef& ref, const RecordFields& fields);
  bool read(void* to, std::uint64_t bytes);
  bool skip(std::uint64_t bytes);
  /// False when they differ, or when the record was recycled or is lost in part: valid() tells which.
  bool equals(std::string_view text);
  /// The rest of the current piece, at most `bytes`, in place; moves behind it. Empty when recycled.
  std::span<const std::byte> take_piece(std::uint64_t bytes);
  /// True when everything read so far came from this record.
  bool valid() const;

 private:
  bool enter_next_block();

  const Log& log_;
  BlockLife head_;
  BlockLife now_;
  std::uint32_t offset_;
  bool lost_ = false;  ///< a block further on is not this record's any more
};

class Log {
 public:
  Log(std::byte* at, const Geometry& geometry, BlockPool& pool, Shard* shards)
      : at_(at),
        geometry_(geometry),
        block_shift_(std::countr_zero(geometry.block_bytes)),
        place_bits_(static_cast<int>(std::bit_width(geometry.log_bytes() / kRecordAlignment))),
        pool_(pool),
        shards_(shards) {}

  /// Lock-free. False when the record's block has begun another life, or the bytes make no sense.
  bool read_fields(const RecordRef& ref, RecordFields& fields) const;
  bool lives(const BlockLife& life) const {
    // Acquire: what was copied was copied before.
    std::atomic_thread_fence(std::memory_order_acquire);
    return pool_[life.block].generation.load(std::memory_order_relaxed) == life.generation;
  }
  RecordRef ref_of(Slot slot) const;
  /// The bytes at a place in the log, and its block and offset. Null where no record can begin.
  const std::byte* at(std::uint64_t log_offset, std::uint32_t& block, std::uint32_t& offset) const {
    block = static_cast<std::uint32_t>(log_offset >> block_shift_);
    offset = static_cast<std::uint32_t>(log_offset & (geometry_.block_bytes - 1));
    if (block >= geometry_.blocks || offset + record::kLeastBytes > geometry_.block_bytes) return nullptr;
    return at_ + log_offset;
  }
  /// A hint: these bytes will be read soon.
  void prefetch(std::uint32_t block, std::uint32_t offset, std::uint64_t bytes) const {
    for (std::uint64_t at = 0; at < bytes; at += 64) __builtin_prefetch(block_at(block) + offset + at);
  }
  std::uint64_t log_offset(const RecordRef& ref) const {
    return (std::uint64_t{ref.life.block} << block_shift_) + ref.offset;
  }
  /// Names this record among all that ever lie at its place: for compare-and-set. As many bits as the place leaves go
  /// to the generation: all 32 up to 32 GiB.
  std::uint64_t version(const RecordRef& ref) const {
    return std::uint64_t{ref.life.generation} << place_bits_ | (log_offset(ref) / kRecordAlignment);
  }

  // --- under the shard's lock ---

  /// Takes room for the record, counts it as live and writes its header, whose size it notes in `record`. False when
  /// the pool has no block to give.
  bool reserve(std::uint16_t shard, std::uint32_t stream, NewRecord& record, std::uint32_t keep_free, RecordRef& ref);
  /// Writes what is behind the header. Also without the lock, when the record's life is pinned.
  void fill(const RecordRef& ref, const NewRecord& record);
  /// The record is not in the index any more, or never came there: its bytes no longer count as live. With `emptied`,
  /// collects the blocks that hold nothing live any more and are not open.
  void account_dead(const RecordRef& ref, std::vector<std::uint32_t>* emptied);
  /// Appends a copy of a whole record, with `fields` in place of its own, to a stream of its shard. False when there is
  /// no block to give, or when some of it is lost.
  bool copy(const RecordRef& from, const RecordFields& fields, std::uint32_t stream, std::uint32_t keep_free,
            RecordRef& to);
  /// Changes an entry's times where it stands. False where its header has no place for the second of them: then it must
  /// be written anew.
  bool retime(const RecordRef& ref, const RecordFields& fields, std::int64_t fresh_until, std::int64_t keep_until);
  /// Nothing is appended to this block any more.
  void close(std::uint32_t block);
  enum class Walk { more, end, damaged };
  /// Calls `visit(ref, fields)` for records of which a part lies in the block, until it returns false: first the one
  /// that runs into the block from an earlier one, if that still lives, then those that begin in it. Goes on at
  /// `offset`, which is kNone before the first and is moved behind each.
  template <class Visit>
  Walk walk(std::uint32_t block, std::uint32_t& offset, Visit&& visit) const;
  /// All of them. False when some could not be read.
  template <class Visit>
  bool for_each_record(std::uint32_t block, Visit&& visit) const {
    std::uint32_t offset = kNone;
    const auto each = [&](const RecordRef& ref, const RecordFields& fields) {
      visit(ref, fields);
      return true;
    };
    return walk(block, offset, each) == Walk::end;
  }
  /// True while every block that the record runs through still lives the life in which it was written.
  bool is_whole(const RecordRef& ref) const;
  /// Forgets which blocks are open, after a crash inside the shard.
  void abandon_open_blocks(std::uint16_t shard);

 private:
  friend class Cursor;
  std::byte* block_at(std::uint32_t block) const { return at_ + std::uint64_t{block} * geometry_.block_bytes; }
  PackedHeader make_header(BlockDescriptor& block, const RecordFields& fields, std::uint32_t offset) const;
  void write(BlockLife& where, std::uint32_t& offset, const void* from, std::uint64_t bytes);
  bool running_into(std::uint32_t block, RecordRef& ref) const;
  template <class Each>
  void for_each_block(const RecordRef& ref, std::uint64_t bytes, Each&& each) const;

  std::byte* at_;
  const Geometry& geometry_;
  const int block_shift_;
  const int place_bits_;
  BlockPool& pool_;
  Shard* shards_;
};

template <class Visit>
Log::Walk Log::walk(std::uint32_t block, std::uint32_t& offset, Visit&& visit) const {
  // Under the shard's lock nothing is recycled: what cannot be read is damaged, or was lost in a crash.
  const BlockDescriptor& d = pool_[block];
  bool go_on = true;
  if (offset == kNone) {
    offset = d.first_record;
    RecordRef head;
    RecordFields fields;
    if (running_into(block, head)) {
      if (!read_fields(head, fields)) return Walk::damaged;
      go_on = visit(head, fields);
    }
  }
  const std::uint32_t end = d.write_offset.load(std::memory_order_relaxed);
  const std::uint32_t generation = d.generation.load(std::memory_order_relaxed);
  while (go_on && offset < end) {
    const RecordRef ref{{block, generation}, offset};
    RecordFields fields;
    if (!read_fields(ref, fields)) return Walk::damaged;
    // Behind the record, or behind the block where it runs on.
    offset = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(offset + align_record(fields.bytes()), geometry_.block_bytes));
    go_on = visit(ref, fields);
  }
  return offset < end ? Walk::more : Walk::end;
}

}  // namespace freshet::segment
