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

bool record::unpack_parts(const std::byte* at, std::uint32_t word0, std::uint32_t room, std::int64_t base,
                          RecordFields& fields) {
  fields.header_bytes = words(word0) * 4;
  if ((word0 >> 31) != 0 || fields.header_bytes > room) return false;
  std::uint32_t next = kWords;
  const auto one = [&] { return word(at, next++); };
  const auto two = [&] {
    const std::uint64_t low = one();
    return low | std::uint64_t{one()} << 32;
  };
  if ((word0 & kTags) != 0) {
    const std::uint32_t tags = one();
    fields.tags = tags >> 26;
    fields.tag_names_bytes = tags & ((1U << 26) - 1);
  }
  if ((word0 & kSizes) != 0) {
    const std::uint64_t sizes = two();
    fields.key_bytes = static_cast<std::uint32_t>(sizes >> 47);
    fields.value_bytes = sizes & ((std::uint64_t{1} << 47) - 1);
  }
  if ((word0 & kContent) != 0) fields.content = one();
  if ((word0 & kLoadCost) != 0) fields.load_cost_us = one();
  if ((word0 & kKeep) != 0) fields.keep_until = Until::unpack(one(), base);
  if ((word0 & kSequence) != 0) {
    const auto from_base = static_cast<std::int32_t>(one());
    fields.sequence += static_cast<std::uint64_t>(std::int64_t{from_base});
  } else if ((word0 & kFarSequence) != 0) {
    fields.sequence += two();
  }
  return true;
}

}  // namespace freshet::segment
