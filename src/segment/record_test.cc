#include "segment/record.h"

#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace freshet::segment {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kBase = 1'700'000'000 * kSecond + 123'456;
constexpr std::uint64_t kBaseSequence = 1000;

// As Log does it: into a block whose palette holds one content word.
struct Block {
  static constexpr std::uint32_t kContentWord = 0x12345678;
  BlockDescriptor descriptor{};
  std::vector<std::uint32_t> bytes = std::vector<std::uint32_t>(record::kMostWords);

  Block() {
    descriptor.base_time.store(kBase);
    descriptor.base_sequence.store(kBaseSequence);
    descriptor.palette[0].store(kContentWord + 1);
  }
  PackedHeader write(const RecordFields& fields) {
    const PackedHeader header = pack(fields, kBase, kBaseSequence, fields.content == kContentWord ? 0 : kNoColour);
    std::memcpy(bytes.data(), header.word, header.bytes());
    return header;
  }
  bool read(RecordFields& fields, std::uint32_t room = record::kMostBytes) {
    return unpack(reinterpret_cast<const std::byte*>(bytes.data()), room, descriptor, fields);
  }
};

RecordFields plain() {
  RecordFields fields;
  fields.key_bytes = 16;
  fields.value_bytes = 100;
  fields.sequence = kBaseSequence;
  fields.stored_at = kBase + 20'000;
  fields.fresh_until = fields.keep_until = kBase + 300 * kSecond;
  fields.content = Block::kContentWord;
  return fields;
}

void expect_same(const RecordFields& a, const RecordFields& b) {
  EXPECT_EQ(a.tags, b.tags);
  EXPECT_EQ(a.tag_names_bytes, b.tag_names_bytes);
  EXPECT_EQ(a.key_bytes, b.key_bytes);
  EXPECT_EQ(a.value_bytes, b.value_bytes);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.load_cost_us, b.load_cost_us);
  EXPECT_EQ(a.content, b.content);
}

TEST(Record, AUsualSmallEntryHasTwelveBytes) {
  Block block;
  const RecordFields fields = plain();
  EXPECT_EQ(block.write(fields).bytes(), 12U);
  RecordFields read;
  ASSERT_TRUE(block.read(read));
  expect_same(read, fields);
  EXPECT_EQ(read.header_bytes, 12U);
  EXPECT_EQ(read.stored_at, fields.stored_at);
  EXPECT_EQ(read.fresh_until, fields.fresh_until);
  EXPECT_EQ(read.keep_until, fields.keep_until);
}

TEST(Record, WhateverTheFieldsTheyComeBack) {
  std::mt19937_64 random(7);
  const auto any_of = [&](std::initializer_list<std::uint64_t> choices) {
    return choices.begin()[random() % choices.size()];
  };
  for (int i = 0; i < 20'000; ++i) {
    RecordFields fields = plain();
    fields.tags = static_cast<std::uint32_t>(any_of({0, 1, kMaxTags}));
    fields.tag_names_bytes = fields.tags == 0 ? 0 : static_cast<std::uint32_t>(any_of({2, 100, 2 * kMaxTagNamesBytes}));
    fields.key_bytes = static_cast<std::uint32_t>(any_of({1, 16, 254, 255, 256, kMaxStoredKeyBytes}));
    fields.value_bytes = any_of({0, 1, 100, 65534, 65535, 65536, std::uint64_t{1} << 38});
    fields.sequence = any_of({kBaseSequence, 0, 1, kBaseSequence + 1, kBaseSequence + INT32_MAX,
                              kBaseSequence + INT32_MAX + std::uint64_t{1}, UINT64_MAX});
    fields.load_cost_us = static_cast<std::uint32_t>(any_of({0, 1, UINT32_MAX}));
    fields.content = static_cast<std::uint32_t>(any_of({Block::kContentWord, 0, 1, UINT32_MAX}));
    fields.keep_until = fields.fresh_until + static_cast<std::int64_t>(any_of({0, kSecond, 3 * kDay}));
    Block block;
    const PackedHeader header = block.write(fields);
    ASSERT_LE(header.words, record::kMostWords);
    RecordFields read;
    ASSERT_TRUE(block.read(read));
    ASSERT_EQ(read.header_bytes, header.bytes());
    expect_same(read, fields);
    ASSERT_EQ(read.fresh_until, fields.fresh_until);
    ASSERT_EQ(read.keep_until, fields.keep_until);
    if (header.bytes() > record::kLeastBytes) {
      ASSERT_FALSE(block.read(read, header.bytes() - 4)) << "a header never leaves its block";
    }
  }
}

TEST(Record, InstantsAreRoundedDownNeverUp) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 100'000; ++i) {
    const auto distance = static_cast<std::int64_t>(random() >> (random() % 40)) * (i % 2 == 0 ? 1 : -1);
    std::int64_t instant = 0;
    if (__builtin_add_overflow(kBase, distance, &instant) || instant == INT64_MAX) continue;
    const std::int64_t until = Until::unpack(Until::pack(instant, kBase), kBase);
    const std::int64_t stored = Stored::unpack(Stored::pack(instant, kBase), kBase);
    if (std::abs(distance) < 12 * kDay) {
      ASSERT_LT(instant - until, 1'000);
    } else if (std::abs(distance) < 20 * 365 * kDay) {
      ASSERT_LT(instant - until, kSecond);
      ASSERT_LT(instant - stored, 10 * kSecond);
    }
    if (std::abs(distance) < 7 * kDay) {
      ASSERT_LT(instant - stored, 10'000);
    }
    // Beyond two decades before the base the packed instant is later than the true one: long gone either way.
    if (distance > -20 * 365 * kDay) {
      ASSERT_GE(instant - until, 0);
      ASSERT_GE(instant - stored, 0);
    }
  }
}

TEST(Record, NeverStaysNeverAndNothingElseBecomesIt) {
  EXPECT_EQ(Until::unpack(Until::pack(INT64_MAX, kBase), kBase), INT64_MAX);
  EXPECT_NE(Until::unpack(Until::pack(INT64_MAX - 1, kBase), kBase), INT64_MAX);
  EXPECT_NE(Until::unpack(Until::pack(INT64_MAX - 1, -kBase), -kBase), INT64_MAX);
  EXPECT_LT(Until::unpack(Until::pack(INT64_MIN, kBase), kBase), kBase);
}

TEST(Record, RetimeFindsTheWordThatUnpackReads) {
  Block block;
  for (const std::uint32_t cost : {0U, 5U}) {
    for (const std::uint32_t content : {Block::kContentWord, 1U}) {
      for (const std::uint32_t tags : {0U, 2U}) {
        RecordFields fields = plain();
        fields.load_cost_us = cost;
        fields.content = content;
        fields.tags = tags;
        fields.tag_names_bytes = tags * 5;
        fields.value_bytes = 100'000;
        fields.sequence = 5;
        block.write(fields);
        block.bytes[record::keep_word(block.bytes[0])] = Until::pack(kBase + kDay, kBase);
        RecordFields read;
        ASSERT_TRUE(block.read(read));
        EXPECT_EQ(read.keep_until, kBase + kDay);
        EXPECT_EQ(read.fresh_until, fields.fresh_until);
        expect_same(read, fields);
      }
    }
  }
}

TEST(Record, I2_GarbageIsRefusedOrReadsWithinItsRoom) {
  std::mt19937_64 random(13);
  Block block;
  int refused = 0;
  for (int i = 0; i < 100'000; ++i) {
    for (auto& word : block.bytes) word = static_cast<std::uint32_t>(random());
    RecordFields read;
    const auto room = static_cast<std::uint32_t>(record::kLeastBytes + random() % (record::kMostBytes - 11));
    if (!block.read(read, room)) {
      ++refused;
    } else {
      ASSERT_LE(read.header_bytes, room);
    }
  }
  EXPECT_GT(refused, 10'000);
}

}  // namespace
}  // namespace freshet::segment
