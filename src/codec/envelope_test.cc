#include "codec/envelope.h"

#include "codec/sample_values.h"

#include <gtest/gtest.h>
#include <random>
#include <thread>
#include <zstd.h>

namespace freshet::codec {
namespace {

constexpr std::uint32_t kShape = 0xabcdef;

std::string repetitive(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "line " + std::to_string(text.size() % 977) + "\n";
  text.resize(size);
  return text;
}

std::string noise(std::size_t size) {
  std::mt19937_64 random(1);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

TEST(ContentWord, GoldenBits) {
  EXPECT_EQ(content_word(Encoding::raw, kAnyShape), 0x10000000U);
  EXPECT_EQ(content_word(Encoding::messagepack, kShape), 0x11abcdefU);
  EXPECT_EQ(content_word(Encoding::nothing, kShape), 0x12abcdefU);
  EXPECT_EQ(content_word(Encoding::error, kShape), 0x13abcdefU);
  EXPECT_EQ(encoding_of(0x17abcdefU), Encoding::error);
  EXPECT_TRUE(is_compressed(0x14000000U));
}

TEST(Envelope, CompressesAndOpens) {
  for (const std::size_t size : {100UL, 5'000UL, 1UL << 20, (1UL << 20) + 1, 30UL << 20}) {
    for (const int level : {1, 3}) {
      const std::string original = repetitive(size);
      std::string bytes = original;
      std::uint32_t content = content_word(Encoding::messagepack, kShape);
      compress_if_worthwhile(bytes, content, 100, level);
      if (size >= 5'000) {
        ASSERT_TRUE(is_compressed(content));
        EXPECT_LT(bytes.size(), size / 2);
      }
      EXPECT_EQ(open_envelope(content, kShape, bytes), std::nullopt);
      EXPECT_EQ(bytes, original);
    }
  }
}

TEST(Envelope, OpensTheHighestLevelOnALargeValue) {
  std::string bytes = repetitive(9 << 20) + noise(1 << 16);
  const std::string original = bytes;
  std::uint32_t content = content_word(Encoding::raw, kAnyShape);
  compress_if_worthwhile(bytes, content, 1, 99);
  ASSERT_TRUE(is_compressed(content));
  EXPECT_EQ(open_envelope(content, kAnyShape, bytes), std::nullopt);
  EXPECT_EQ(bytes, original);
}

TEST(Envelope, OpensTheDensestFrame) {
  std::string bytes(64 << 20, 'a');
  std::uint32_t content = content_word(Encoding::raw, kAnyShape);
  compress_if_worthwhile(bytes, content, 1);
  EXPECT_LT(bytes.size(), 20'000U);
  EXPECT_EQ(open_envelope(content, kAnyShape, bytes), std::nullopt);
  EXPECT_EQ(bytes, std::string(64 << 20, 'a'));
}

TEST(Envelope, KeepsWhatDoesNotShrinkByATenth) {
  const std::string original = noise(10'000) + repetitive(500);
  std::string bytes = original;
  std::uint32_t content = content_word(Encoding::raw, kAnyShape);
  compress_if_worthwhile(bytes, content, 100);
  EXPECT_FALSE(is_compressed(content));
  EXPECT_EQ(bytes, original);
}

TEST(Envelope, KeepsWhatIsBelowTheThreshold) {
  std::uint32_t content = content_word(Encoding::raw, kAnyShape);
  std::string bytes = repetitive(999);
  compress_if_worthwhile(bytes, content, 1000);
  EXPECT_FALSE(is_compressed(content));
  compress_if_worthwhile(bytes, content, 0);
  EXPECT_FALSE(is_compressed(content));
  compress_if_worthwhile(bytes, content, 999);
  EXPECT_TRUE(is_compressed(content));
}

TEST(Envelope, OtherShapesAreMisses) {
  std::string bytes = "x";
  EXPECT_EQ(open_envelope(content_word(Encoding::messagepack, 1), 2, bytes), Reason::miss_other_shape);
  EXPECT_EQ(open_envelope(content_word(Encoding::nothing, 1), 2, bytes), Reason::miss_other_shape);
  EXPECT_EQ(open_envelope(content_word(Encoding::raw, kAnyShape), 2, bytes), Reason::miss_other_shape);
  EXPECT_EQ(open_envelope(content_word(Encoding::raw, kAnyShape), kAnyShape, bytes), std::nullopt);
  EXPECT_EQ(open_envelope(content_word(Encoding::messagepack, kAnyShape), 2, bytes), std::nullopt);
  EXPECT_EQ(open_envelope(content_word(Encoding::messagepack, 1), kAnyShape, bytes), std::nullopt);
  EXPECT_EQ(open_envelope(content_word(Encoding::error, kAnyShape), 2, bytes), std::nullopt);
}

TEST(Envelope, OtherVersionsAreUndecodable) {
  std::string bytes = "x";
  EXPECT_EQ(open_envelope(0, kAnyShape, bytes), Reason::miss_undecodable);
  EXPECT_EQ(open_envelope(0x20000000, kAnyShape, bytes), Reason::miss_undecodable);
  EXPECT_EQ(open_envelope(0x10000000 | kReservedBit, kAnyShape, bytes), Reason::miss_undecodable);
}

class BrokenFrame : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(SmallAndGrowing, BrokenFrame, testing::Values(3'000, 3 << 20));

TEST_P(BrokenFrame, EveryTruncationAndCorruptionIsUndecodable) {
  std::string frame = repetitive(GetParam());
  std::uint32_t content = content_word(Encoding::raw, kAnyShape);
  compress_if_worthwhile(frame, content, 1);
  ASSERT_TRUE(is_compressed(content));
  const std::size_t step = std::max<std::size_t>(1, frame.size() / 200);
  for (std::size_t size = 0; size < frame.size(); size += size < 20 ? 1 : step) {
    std::string cut = frame.substr(0, size);
    EXPECT_EQ(open_envelope(content, kAnyShape, cut), Reason::miss_undecodable) << "cut to " << size;
  }
  const std::string original = repetitive(GetParam());
  for (std::size_t at = 0; at < frame.size(); at += at < 20 ? 1 : step) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string broken = frame;
      broken[at] = static_cast<char>(broken[at] ^ flip);
      // Bits that the format does not use may change; the content never does.
      if (!open_envelope(content, kAnyShape, broken)) {
        EXPECT_EQ(broken, original) << "byte " << at;
      }
    }
  }
  std::string longer = frame + '\0';
  EXPECT_EQ(open_envelope(content, kAnyShape, longer), Reason::miss_undecodable);
  std::string twice = frame + frame;
  EXPECT_EQ(open_envelope(content, kAnyShape, twice), Reason::miss_undecodable);
}

TEST(Envelope, RandomBytesAreNoFrame) {
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes = noise(size);
    EXPECT_EQ(open_envelope(0x14000000, kAnyShape, bytes), Reason::miss_undecodable);
  }
}

TEST(Envelope, AForgedSizeIsRefused) {
  // Magic, a header that declares an 8-byte content size, the size, one empty last raw block.
  for (const std::uint64_t declared : {1ULL << 20, 1ULL << 33, 1ULL << 35, ~0ULL}) {
    std::string frame = "\x28\xb5\x2f\xfd\xe0";
    for (int i = 0; i < 8; ++i) frame += static_cast<char>(declared >> (8 * i));
    frame += std::string("\x01\0\0", 3);
    EXPECT_EQ(open_envelope(0x14000000, kAnyShape, frame), Reason::miss_undecodable) << declared;
  }
}

TEST(Envelope, WorksOnEveryThread) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      const std::string original = repetitive(10'000 + static_cast<std::size_t>(i));
      for (int round = 0; round < 20; ++round) {
        std::string bytes = original;
        std::uint32_t content = content_word(Encoding::raw, kAnyShape);
        compress_if_worthwhile(bytes, content, 1);
        EXPECT_TRUE(is_compressed(content));
        EXPECT_EQ(open_envelope(content, kAnyShape, bytes), std::nullopt);
        EXPECT_EQ(bytes, original);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace freshet::codec
