#include "memory_sizes.h"

#include "exit_code.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::tools {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
using Sizes = std::vector<std::uint64_t>;

TEST(MemorySizes, SizesAreReadInEveryUnit) {
  EXPECT_EQ(parse_size("1048576"), kMiB);
  EXPECT_EQ(parse_size("512B"), 512U);
  EXPECT_EQ(parse_size("1.5GiB"), 1536 * kMiB);
  EXPECT_EQ(parse_size("10MB"), 10'000'000U);
  EXPECT_EQ(parse_size("2TiB"), std::uint64_t{2} << 40);
}

TEST(MemorySizes, AListIsPutInOrderWithEachSizeOnce) {
  EXPECT_EQ(parse_sizes("64MiB,16MiB,65536KiB,1GiB"), (Sizes{16 * kMiB, 64 * kMiB, 1024 * kMiB}));
}

TEST(MemorySizes, WhatIsNoSizeOfASegmentIsRefused) {
  for (const std::string list : {"", "16MiB,", ",16MiB", "16 MiB", "16mib", "many", "-16MiB", "16MiB;1GiB", "1e99GiB",
                                 "512KiB", "2TiB", "nan", "inf"}) {
    EXPECT_THROW(parse_sizes(list), UsageError) << list;
  }
  std::string many = "1MiB";
  for (int i = 2; i <= 65; ++i) many += "," + std::to_string(i) + "MiB";
  EXPECT_THROW(parse_sizes(many), UsageError);
}

TEST(MemorySizes, ChosenSizesEndWhereAllFitsAndBeginFarBelow) {
  EXPECT_EQ(sizes_around(100), Sizes{kMiB});
  EXPECT_EQ(sizes_around(3 * kMiB), (Sizes{kMiB, 2 * kMiB, 4 * kMiB}));
  const Sizes sizes = sizes_around(1000 * kMiB);
  EXPECT_EQ(sizes.front(), 16 * kMiB);
  EXPECT_EQ(sizes.back(), 2048 * kMiB);
  EXPECT_EQ(sizes.size(), 8U);
  EXPECT_EQ(sizes_around(~std::uint64_t{0} / 4).back(), kMaxSegmentBytes);
  EXPECT_EQ(sizes_around(~std::uint64_t{0}).back(), kMaxSegmentBytes);
}

}  // namespace
}  // namespace freshet::tools
