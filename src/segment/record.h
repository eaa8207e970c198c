// What precedes every entry in the log: twelve bytes for the usual small entry, more only where it needs more.
//
//             31       24 23       16 15                    0
//   word 0    |  parts   | key_bytes |     value_bytes      |     both 0 where the sizes are a part
//             31   28 27                                    0
//   word 1    |colour |       stored_at, from the base      |     a moment, see below
//   word 2    |           fresh_until, from the base        |     a moment; changed in place by retime()
//
//   parts, in this order, each there if its bit in word 0 is set:
//     tags          4    6 bits number of tags | 26 bits bytes of their names
//     sizes         8    17 bits key_bytes | 47 bits value_bytes
//     content       4    where the block's palette has no place left for it
//     load_cost     4    microseconds
//     keep_until    4    a moment; where it is not fresh_until, and in all large records: changed in place by retime()
//     sequence      4    signed distance from the block's base_sequence, where it is not zero
//     far_sequence  8    the same, where the distance does not fit
//
// All of that is whole within one block. Behind it, possibly running on into the next blocks: the tags' slots (u32
// each), their names (u16 length and bytes each), the key, the value.
//
// What a block's records have in common stands once in its descriptor: the base (moments and sequences are kept as
// distances from those of the block's first record) and a palette of content words, of which a record names a colour.
#pragma once

#include "segment/layout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace freshet::segment {

/// A record's header, unpacked. Instants in microseconds since 1970.
struct RecordFields {
  std::uint32_t tags = 0;
  std::uint32_t tag_names_bytes = 0;
  std::uint32_t key_bytes = 0;
  std::uint64_t value_bytes = 0;
  /// Invalidations up to this one came before the value was read.
  std::uint64_t sequence = 0;
  std::int64_t fresh_until = 0;
  std::int64_t keep_until = 0;
  std::int64_t stored_at = 0;
  std::uint32_t load_cost_us = 0;
  std::uint32_t content = 0;
  /// How long it is where it stands; set by who reads or writes it.
  std::uint32_t header_bytes = 0;

  std::uint32_t tag_part_bytes() const {
    return tags * static_cast<std::uint32_t>(sizeof(std::uint32_t)) + tag_names_bytes;
  }
  std::uint64_t body_bytes() const { return std::uint64_t{tag_part_bytes()} + key_bytes + value_bytes; }
  std::uint64_t bytes() const { return header_bytes + body_bytes(); }
};

/// Instants as distances from a base: exact to the finer unit for about twelve (stored_at: eight) days around it, to
/// the coarser one for two decades at least, then saturated; rounded down, so that nothing is ever fresh for longer
/// than it was said to be. The highest bit tells the unit.
template <int Bits, std::int64_t FineUs, std::int64_t CoarseUs>
struct Moment {
  static constexpr std::uint32_t kCoarse = std::uint32_t{1} << (Bits - 1);
  static constexpr std::uint32_t kNever = kCoarse | (kCoarse - 1);
  static constexpr std::int64_t kHalf = std::int64_t{1} << (Bits - 2);

  static constexpr std::uint32_t pack(std::int64_t instant, std::int64_t base) {
    if (instant == INT64_MAX) return kNever;
    std::int64_t distance = 0;
    if (__builtin_sub_overflow(instant, base, &distance)) distance = instant > base ? INT64_MAX : INT64_MIN;
    const std::int64_t fine = floor(distance, FineUs);
    if (fine >= -kHalf && fine < kHalf) return static_cast<std::uint32_t>(fine + kHalf);
    // One less at the top: that is never.
    const std::int64_t coarse = std::clamp(floor(distance, CoarseUs), -kHalf, kHalf - 2);
    return kCoarse | static_cast<std::uint32_t>(coarse + kHalf);
  }
  static constexpr std::int64_t unpack(std::uint32_t packed, std::int64_t base) {
    if (packed == kNever) return INT64_MAX;
    const bool coarse = (packed & kCoarse) != 0;
    const std::int64_t distance =
        (static_cast<std::int64_t>(packed & (kCoarse - 1)) - kHalf) * (coarse ? CoarseUs : FineUs);
    // A base read from a block that is being recycled may be anything.
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(distance));
  }

 private:
  static constexpr std::int64_t floor(std::int64_t a, std::int64_t unit) { return a / unit - (a % unit < 0 ? 1 : 0); }
};
using Until = Moment<32, 1'000, 1'000'000>;
using Stored = Moment<28, 10'000, 10'000'000>;

namespace record {

inline constexpr std::uint32_t kTags = 1U << 24;
inline constexpr std::uint32_t kSizes = 1U << 25;
inline constexpr std::uint32_t kContent = 1U << 26;
inline constexpr std::uint32_t kLoadCost = 1U << 27;
inline constexpr std::uint32_t kKeep = 1U << 28;
inline constexpr std::uint32_t kSequence = 1U << 29;
inline constexpr std::uint32_t kFarSequence = 1U << 30;

inline constexpr std::uint32_t kWords = 3;
inline constexpr std::uint32_t kFreshWord = 2;
inline constexpr std::uint32_t kMostWords = kWords + 1 + 2 + 1 + 1 + 1 + 2;
inline constexpr std::uint32_t kLeastBytes = kWords * 4;
inline constexpr std::uint32_t kMostBytes = kMostWords * 4;
/// Values from here on have their keep_until beside fresh_until, so that retime() never has to copy them.
inline constexpr std::uint64_t kAlwaysRetimed = 1024;

constexpr std::uint32_t words(std::uint32_t word0) {
  const std::uint32_t two = word0 & (kSizes | kFarSequence);
  return kWords + static_cast<std::uint32_t>(__builtin_popcount(word0 >> 24) + __builtin_popcount(two));
}
/// Where keep_until stands, for a record that has it as a part.
constexpr std::uint32_t keep_word(std::uint32_t word0) {
  return words(word0 & (kTags | kSizes | kContent | kLoadCost));
}

}  // namespace record

/// A header as it stands in the log.
struct PackedHeader {
  std::uint32_t word[record::kMostWords];
  std::uint32_t words = 0;
  std::uint32_t bytes() const { return words * 4; }
};

/// `colour`: the content word's place in the block's palette, kNoColour for none.
inline constexpr std::uint32_t kNoColour = kPaletteColours;
PackedHeader pack(const RecordFields& fields, std::int64_t base_time, std::uint64_t base_sequence,
                  std::uint32_t colour);

/// Reads a header out of `at`, where `room` bytes, at least kLeastBytes, are left in the block. The bytes may be
/// anything: the caller proves afterwards that they were this record's. False where they make no sense.
inline bool unpack(const std::byte* at, std::uint32_t room, const BlockDescriptor& block, RecordFields& fields);

namespace record {
/// Relaxed, for every word of a header: the block's generation decides afterwards whether it belongs to the record, and
/// retime() may change two of them at any time, each in one store.
inline std::uint32_t word(const std::byte* at, std::uint32_t i) {
  return __atomic_load_n(reinterpret_cast<const std::uint32_t*>(at) + i, __ATOMIC_RELAXED);
}
bool unpack_parts(const std::byte* at, std::uint32_t word0, std::uint32_t room, std::int64_t base,
                  RecordFields& fields);
}  // namespace record

inline bool unpack(const std::byte* at, std::uint32_t room, const BlockDescriptor& block, RecordFields& fields) {
  const std::uint32_t word0 = record::word(at, 0);
  const std::uint32_t word1 = record::word(at, 1);
  const std::int64_t base = block.base_time.load(std::memory_order_relaxed);
  fields.header_bytes = record::kLeastBytes;
  fields.stored_at = Stored::unpack(word1 & 0x0FFFFFFF, base);
  fields.fresh_until = Until::unpack(record::word(at, record::kFreshWord), base);
  fields.keep_until = fields.fresh_until;
  fields.key_bytes = word0 >> 16 & 0xFF;
  fields.value_bytes = word0 & 0xFFFF;
  fields.sequence = block.base_sequence.load(std::memory_order_relaxed);
  fields.tags = fields.tag_names_bytes = fields.load_cost_us = 0;
  const std::uint32_t colour = word1 >> 28;
  fields.content = colour < kPaletteColours ? block.palette[colour].load(std::memory_order_relaxed) - 1 : 0;
  if (word0 >> 24 != 0) {
    // In a copy, so that the compiler may keep the fields of whoever needs no parts in registers.
    RecordFields parts = fields;
    if (!record::unpack_parts(at, word0, room, base, parts)) return false;
    fields = parts;
  }
  return fields.key_bytes != 0;
}

}  // namespace freshet::segment
