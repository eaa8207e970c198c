#include "segment/log.h"

#include "platform/pause_point.h"

#include <algorithm>
#include <bit>

namespace freshet::segment {

// --- reading -----------------------------------------------------------------------------------------------------

Cursor::Cursor(const Log& log, const RecordRef& ref, const RecordFields& fields)
    : log_(log), head_(ref.life), now_(ref.life), offset_(ref.offset + fields.header_bytes) {}

bool Cursor::valid() const {
  // Acquire fence: the copies before it are not moved behind the look at the generation. Pairs with end_life().
  std::atomic_thread_fence(std::memory_order_acquire);
  return !lost_ && log_.pool_[now_.block].generation.load(std::memory_order_relaxed) == now_.generation;
}

bool Cursor::enter_next_block() {
  const std::uint32_t next = log_.pool_[now_.block].next_in_log.load(std::memory_order_acquire);
  lost_ = true;
  if (next >= log_.geometry_.blocks) return false;
  std::atomic_thread_fence(std::memory_order_acquire);
  if (log_.pool_[now_.block].generation.load(std::memory_order_relaxed) != now_.generation) return false;
  const BlockDescriptor& d = log_.pool_[next];
  // First the generation, then the proof that this life continues ours. A life that has ended still says so, until the
  // block is opened again: only an odd generation counts. If the block starts another life in between, the generation
  // differs at the next valid().
  const std::uint32_t generation = d.generation.load(std::memory_order_acquire);
  if (generation % 2 == 0 || d.continues.load(std::memory_order_acquire) != head_.word()) return false;
  lost_ = false;
  now_ = {next, generation};
  offset_ = 0;
  return true;
}

bool Cursor::read(void* to, std::uint64_t bytes) {
  auto* at = static_cast<std::byte*>(to);
  while (bytes > 0) {
    if (offset_ == log_.geometry_.block_bytes && !enter_next_block()) return false;
    const std::uint64_t piece = std::min<std::uint64_t>(bytes, log_.geometry_.block_bytes - offset_);
    platform::racy_read(at, log_.block_at(now_.block) + offset_, piece);
    at += piece;
    offset_ += static_cast<std::uint32_t>(piece);
    bytes -= piece;
  }
  return true;
}

bool Cursor::skip(std::uint64_t bytes) {
  while (bytes > 0) {
    if (offset_ == log_.geometry_.block_bytes && !enter_next_block()) return false;
    const std::uint64_t piece = std::min<std::uint64_t>(bytes, log_.geometry_.block_bytes - offset_);
    offset_ += static_cast<std::uint32_t>(piece);
    bytes -= piece;
  }
  return true;
}

bool Cursor::equals(std::string_view text) {
  while (!text.empty()) {
    if (offset_ == log_.geometry_.block_bytes && !enter_next_block()) return false;
    const std::uint64_t piece = std::min<std::uint64_t>(text.size(), log_.geometry_.block_bytes - offset_);
    if (!platform::racy_equal(log_.block_at(now_.block) + offset_, text.data(), piece)) return false;
    offset_ += static_cast<std::uint32_t>(piece);
    text.remove_prefix(piece);
  }
  return true;
}

std::span<const std::byte> Cursor::take_piece(std::uint64_t bytes) {
  if (offset_ == log_.geometry_.block_bytes && !enter_next_block()) return {};
  const std::uint64_t piece = std::min<std::uint64_t>(bytes, log_.geometry_.block_bytes - offset_);
  const std::byte* at = log_.block_at(now_.block) + offset_;
  offset_ += static_cast<std::uint32_t>(piece);
  return {at, piece};
}

RecordRef Log::ref_of(Slot slot) const {
  const std::uint64_t offset = slot.log_offset();
  const std::uint64_t block = offset >> std::countr_zero(geometry_.block_bytes);
  if (block >= geometry_.blocks) return {{kNone, 0}, 0};
  // Acquire: what follows is read after the generation.
  return {{static_cast<std::uint32_t>(block),
           pool_[static_cast<std::uint32_t>(block)].generation.load(std::memory_order_acquire)},
          static_cast<std::uint32_t>(offset & (geometry_.block_bytes - 1))};
}

bool Log::read_fields(const RecordRef& ref, RecordFields& fields) const {
  if (ref.life.block >= geometry_.blocks || ref.offset + record::kLeastBytes > geometry_.block_bytes) return false;
  // Sizes beyond the limits come from a recycled or damaged record.
  return unpack(block_at(ref.life.block) + ref.offset, geometry_.block_bytes - ref.offset, pool_[ref.life.block],
                fields) &&
         fields.key_bytes <= kMaxStoredKeyBytes && fields.tags <= kMaxTags &&
         fields.tag_names_bytes <= 2 * kMaxTagNamesBytes && fields.value_bytes <= geometry_.max_value_bytes() &&
         ref.life.generation % 2 != 0 && lives(ref.life);
}

bool Log::is_whole(const RecordRef& ref) const {
  RecordFields fields;
  if (!read_fields(ref, fields)) return false;
  Cursor cursor(*this, ref, fields);
  return cursor.skip(fields.body_bytes()) && cursor.valid();
}

bool Log::running_into(std::uint32_t block, RecordRef& ref) const {
  const BlockDescriptor& d = pool_[block];
  const BlockLife head = BlockLife::of(d.continues.load(std::memory_order_relaxed));
  if (head.block >= geometry_.blocks || !lives(head)) return false;
  // Its writer may have died before the record counted.
  if (d.head_offset >= pool_[head.block].write_offset.load(std::memory_order_relaxed)) return false;
  ref = {head, d.head_offset};
  return true;
}

// --- writing -----------------------------------------------------------------------------------------------------

PackedHeader Log::make_header(BlockDescriptor& block, const RecordFields& fields, std::uint32_t offset) const {
  // Relaxed, all of it: what a record needs of its block is there before the record is published, with release.
  if (offset == block.first_record) {
    block.base_time.store(fields.stored_at, std::memory_order_relaxed);
    block.base_sequence.store(fields.sequence, std::memory_order_relaxed);
  }
  const std::uint32_t wanted = fields.content + 1;
  std::uint32_t colour = wanted == 0 ? kNoColour : 0;
  for (; colour < kPaletteColours; ++colour) {
    const std::uint32_t there = block.palette[colour].load(std::memory_order_relaxed);
    if (there == 0) block.palette[colour].store(wanted, std::memory_order_relaxed);
    if (there == 0 || there == wanted) break;
  }
  return pack(fields, block.base_time.load(std::memory_order_relaxed),
              block.base_sequence.load(std::memory_order_relaxed), colour);
}

bool Log::reserve(std::uint16_t shard, std::uint32_t stream, NewRecord& record, std::uint32_t keep_free,
                  RecordRef& ref) {
  const std::uint64_t block_bytes = geometry_.block_bytes;
  std::uint32_t& open = shards_[shard].open_block[stream];
  // A header is whole within its block.
  if (open != kNone && block_bytes - pool_[open].write_offset.load(std::memory_order_relaxed) < record::kMostBytes) {
    open = kNone;
  }
  if (open == kNone) {
    open = pool_.open(shard, stream, keep_free);
    if (open == kNone) return false;
  }
  const std::uint32_t first = open;
  BlockDescriptor& head = pool_[first];
  const std::uint32_t offset = head.write_offset.load(std::memory_order_relaxed);
  const BlockLife life{first, head.generation.load(std::memory_order_relaxed)};
  const std::uint64_t room = block_bytes - offset;
  const PackedHeader header = make_header(head, record.fields, offset);
  record.fields.header_bytes = header.bytes();
  const std::uint64_t need = align_record(record.fields.bytes());

  std::vector<std::uint32_t> more;
  if (need > room) {
    for (std::uint64_t left = need - room; left > 0; left -= std::min(left, block_bytes)) {
      const std::uint32_t block = pool_.open(shard, stream, keep_free);
      if (block == kNone) {
        for (const std::uint32_t taken : more) {
          if (!pool_.take(taken)) continue;
          pool_.end_life(taken);
          pool_.give_back(taken);
        }
        return false;
      }
      more.push_back(block);
    }
  }

  const std::int64_t keep_until = record.fields.keep_until;
  auto* const words = reinterpret_cast<std::uint32_t*>(block_at(first) + offset);
  for (std::uint32_t i = 0; i < header.words; ++i) __atomic_store_n(words + i, header.word[i], __ATOMIC_RELAXED);
  platform::pause_point("log.header_written");

  std::uint32_t previous = first;
  std::uint64_t left = more.empty() ? 0 : need - room;
  for (const std::uint32_t block : more) {
    BlockDescriptor& d = pool_[block];
    const auto here = static_cast<std::uint32_t>(std::min(left, block_bytes));
    d.head_offset = offset;
    d.first_record = here;
    d.continues.store(life.word(), std::memory_order_release);
    d.keep_until.store(keep_until, std::memory_order_relaxed);
    d.newest_sequence.store(record.fields.sequence, std::memory_order_relaxed);
    d.write_offset.store(here, std::memory_order_relaxed);
    d.live_bytes.store(here, std::memory_order_relaxed);
    pool_[previous].next_in_log.store(block, std::memory_order_release);
    platform::pause_point("log.linked");
    previous = block;
    left -= here;
  }
  if (head.keep_until.load(std::memory_order_relaxed) < keep_until) {
    head.keep_until.store(keep_until, std::memory_order_relaxed);
  }
  if (head.newest_sequence.load(std::memory_order_relaxed) < record.fields.sequence) {
    head.newest_sequence.store(record.fields.sequence, std::memory_order_relaxed);
  }
  ref = {life, offset};
  const auto in_head = static_cast<std::uint32_t>(std::min(need, room));
  head.live_bytes.fetch_add(in_head, std::memory_order_relaxed);
  head.write_offset.store(offset + in_head, std::memory_order_release);
  if (!more.empty()) open = more.back();
  platform::pause_point("log.reserved");
  return true;
}

void Log::write(BlockLife& where, std::uint32_t& offset, const void* from, std::uint64_t bytes) {
  const auto* at = static_cast<const std::byte*>(from);
  while (bytes > 0) {
    if (offset == geometry_.block_bytes) {
      where.block = pool_[where.block].next_in_log.load(std::memory_order_relaxed);
      offset = 0;
    }
    const std::uint64_t piece = std::min<std::uint64_t>(bytes, geometry_.block_bytes - offset);
    platform::racy_write(block_at(where.block) + offset, at, piece);
    at += piece;
    offset += static_cast<std::uint32_t>(piece);
    bytes -= piece;
  }
}

void Log::fill(const RecordRef& ref, const NewRecord& record) {
  BlockLife where = ref.life;
  std::uint32_t offset = ref.offset + record.fields.header_bytes;
  write(where, offset, record.tag_part.data(), record.tag_part.size());
  write(where, offset, record.key.data(), record.key.size());
  platform::pause_point("log.half_filled");
  write(where, offset, record.value.data(), record.value.size());
}

bool Log::copy(const RecordRef& from, const RecordFields& fields, std::uint32_t stream, std::uint32_t keep_free,
               RecordRef& to) {
  thread_local std::string body;
  body.resize(fields.body_bytes());
  Cursor cursor(*this, from, fields);
  if (!cursor.read(body.data(), body.size()) || !cursor.valid()) return false;
  const auto* bytes = reinterpret_cast<const std::byte*>(body.data());
  const std::uint32_t tag_bytes = fields.tag_part_bytes();
  NewRecord record{fields,
                   {bytes, tag_bytes},
                   std::string_view(body).substr(tag_bytes, fields.key_bytes),
                   {bytes + tag_bytes + fields.key_bytes, fields.value_bytes}};
  if (!reserve(pool_[from.life.block].shard, stream, record, keep_free, to)) return false;
  fill(to, record);
  return true;
}

template <class Each>
void Log::for_each_block(const RecordRef& ref, std::uint64_t bytes, Each&& each) const {
  std::uint32_t block = ref.life.block;
  std::uint64_t offset = ref.offset;
  while (bytes > 0 && block < geometry_.blocks) {
    const BlockDescriptor& d = pool_[block];
    // A block further on may have been lost; what it holds now is not this record's.
    if (block != ref.life.block && (d.continues.load(std::memory_order_relaxed) != ref.life.word() ||
                                    d.generation.load(std::memory_order_relaxed) % 2 == 0)) {
      return;
    }
    const std::uint64_t here = std::min<std::uint64_t>(bytes, geometry_.block_bytes - offset);
    // Taken before the visit: it may hand the block on.
    const std::uint32_t next = pool_[block].next_in_log.load(std::memory_order_relaxed);
    each(block, static_cast<std::uint32_t>(here));
    bytes -= here;
    block = next;
    offset = 0;
  }
}

void Log::account_dead(const RecordRef& ref, std::vector<std::uint32_t>* emptied) {
  RecordFields fields;
  if (!read_fields(ref, fields)) return;
  for_each_block(ref, align_record(fields.bytes()), [&](std::uint32_t block, std::uint32_t bytes) {
    BlockDescriptor& d = pool_[block];
    const std::uint32_t live = d.live_bytes.load(std::memory_order_relaxed);
    d.live_bytes.store(live - std::min(live, bytes), std::memory_order_relaxed);
    if (live > bytes || emptied == nullptr) return;
    if (shards_[d.shard].open_block[d.stream] != block) emptied->push_back(block);
  });
}

bool Log::retime(const RecordRef& ref, const RecordFields& fields, std::int64_t fresh_until, std::int64_t keep_until) {
  const std::int64_t base = pool_[ref.life.block].base_time.load(std::memory_order_relaxed);
  auto* const words = reinterpret_cast<std::uint32_t*>(block_at(ref.life.block) + ref.offset);
  const std::uint32_t word0 = __atomic_load_n(words, __ATOMIC_RELAXED);
  const bool keeps = (word0 & record::kKeep) != 0;
  if (!keeps && keep_until != fresh_until) return false;
  if (keep_until > fields.keep_until) {
    // Before the record says so: no block may expire before what is in it.
    for_each_block(ref, align_record(fields.bytes()), [&](std::uint32_t block, std::uint32_t) {
      if (pool_[block].keep_until.load(std::memory_order_relaxed) < keep_until) {
        pool_[block].keep_until.store(keep_until, std::memory_order_relaxed);
      }
    });
  }
  // Relaxed, and not together: a reader in between sees one new instant and one old, both of them true of this entry.
  if (keeps) __atomic_store_n(words + record::keep_word(word0), Until::pack(keep_until, base), __ATOMIC_RELAXED);
  __atomic_store_n(words + record::kFreshWord, Until::pack(fresh_until, base), __ATOMIC_RELAXED);
  return true;
}

void Log::close(std::uint32_t block) {
  BlockDescriptor& d = pool_[block];
  std::uint32_t& open = shards_[d.shard].open_block[d.stream];
  if (open == block) open = kNone;
}

void Log::abandon_open_blocks(std::uint16_t shard) {
  std::fill(std::begin(shards_[shard].open_block), std::end(shards_[shard].open_block), kNone);
}

}  // namespace freshet::segment
