#include "segment/record.h"

namespace freshet::segment {
namespace {

constexpr std::uint32_t kShortKey = 0xFF;
constexpr std::uint64_t kShortValue = 0xFFFF;

std::int64_t distance(std::uint64_t sequence, std::uint64_t base) { return static_cast<std::int64_t>(sequence - base); }
bool near(std::int64_t distance) { return distance >= INT32_MIN && distance <= INT32_MAX; }
bool is_short(const RecordFields& fields) { return fields.key_bytes < kShortKey && fields.value_bytes < kShortValue; }
bool keeps(const RecordFields& fields) {
  return fields.keep_until != fields.fresh_until || fields.value_bytes >= record::kAlwaysRetimed;
}

}  // namespace

PackedHeader pack(const RecordFields& fields, std::int64_t base_time, std::uint64_t base_sequence,
                  std::uint32_t colour) {
  PackedHeader header;
  std::uint32_t& word0 = header.word[0];
  word0 = 0;
  header.words = record::kWords;
  const auto add = [&](std::uint32_t part, std::uint32_t word) {
    word0 |= part;
    header.word[header.words++] = word;
  };
  const auto add_two = [&](std::uint32_t part, std::uint64_t words) {
    add(part, static_cast<std::uint32_t>(words));
    add(part, static_cast<std::uint32_t>(words >> 32));
  };
  header.word[1] = colour << 28 | Stored::pack(fields.stored_at, base_time);
  header.word[record::kFreshWord] = Until::pack(fields.fresh_until, base_time);
  if (fields.tags != 0) add(record::kTags, fields.tags << 26 | fields.tag_names_bytes);
  if (is_short(fields)) {
    word0 |= fields.key_bytes << 16 | static_cast<std::uint32_t>(fields.value_bytes);
  } else {
    add_two(record::kSizes, std::uint64_t{fields.key_bytes} << 47 | fields.value_bytes);
  }
  if (colour == kNoColour) add(record::kContent, fields.content);
  if (fields.load_cost_us != 0) add(record::kLoadCost, fields.load_cost_us);
  if (keeps(fields)) add(record::kKeep, Until::pack(fields.keep_until, base_time));
  if (const std::int64_t from_base = distance(fields.sequence, base_sequence); near(from_base)) {
    if (from_base != 0) add(record::kSequence, static_cast<std::uint32_t>(from_base));
  } else {
    add_two(record::kFarSequence, static_cast<std::uint64_t>(from_base));
  }
  return header;
}

bool unpack(const std::byte* at, std::uint32_t room, const BlockDescriptor& block, RecordFields& fields) {
  // Relaxed: the block's generation decides afterwards whether these words belong to the record; retime() may change
  // two of them at any time, each in one store.
  const auto* words = reinterpret_cast<const std::uint32_t*>(at);
  const auto word = [words](std::uint32_t i) { return __atomic_load_n(words + i, __ATOMIC_RELAXED); };
  const std::uint32_t word0 = word(0);
  fields.header_bytes = record::words(word0) * 4;
  if ((word0 >> 31) != 0 || fields.header_bytes > room) return false;
  const std::uint32_t word1 = word(1);
  const std::int64_t base = block.base_time.load(std::memory_order_relaxed);
  fields.stored_at = Stored::unpack(word1 & 0x0FFFFFFF, base);
  fields.fresh_until = Until::unpack(word(record::kFreshWord), base);
  fields.key_bytes = word0 >> 16 & 0xFF;
  fields.value_bytes = word0 & 0xFFFF;
  fields.sequence = block.base_sequence.load(std::memory_order_relaxed);
  fields.keep_until = fields.fresh_until;
  fields.tags = fields.tag_names_bytes = fields.load_cost_us = 0;
  const std::uint32_t colour = word1 >> 28;
  fields.content = colour < kPaletteColours ? block.palette[colour].load(std::memory_order_relaxed) - 1 : 0;
  if (word0 >> 24 == 0) return fields.key_bytes != 0;

  std::uint32_t next = record::kWords;
  const auto two = [&] {
    const std::uint64_t low = word(next++);
    return low | std::uint64_t{word(next++)} << 32;
  };
  if ((word0 & record::kTags) != 0) {
    const std::uint32_t tags = word(next++);
    fields.tags = tags >> 26;
    fields.tag_names_bytes = tags & ((1U << 26) - 1);
  }
  if ((word0 & record::kSizes) != 0) {
    const std::uint64_t sizes = two();
    fields.key_bytes = static_cast<std::uint32_t>(sizes >> 47);
    fields.value_bytes = sizes & ((std::uint64_t{1} << 47) - 1);
  }
  if ((word0 & record::kContent) != 0) fields.content = word(next++);
  if ((word0 & record::kLoadCost) != 0) fields.load_cost_us = word(next++);
  if ((word0 & record::kKeep) != 0) fields.keep_until = Until::unpack(word(next++), base);
  if ((word0 & record::kSequence) != 0) {
    const auto from_base = static_cast<std::int32_t>(word(next++));
    fields.sequence += static_cast<std::uint64_t>(std::int64_t{from_base});
  } else if ((word0 & record::kFarSequence) != 0) {
    fields.sequence += two();
  }
  return fields.key_bytes != 0;
}

}  // namespace freshet::segment
