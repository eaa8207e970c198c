#include "figures.h"

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

using namespace std::chrono_literals;

TEST(Figures, NumbersAndSizesReadAsPeopleWriteThem) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text((1U << 20) - 1), "1.0 MiB");
  EXPECT_EQ(size_text(std::uint64_t{1} << 30), "1 GiB");
}

TEST(Figures, OnlyTheWholeIsAHundredPercent) {
  EXPECT_EQ(percent(0, 0), "-");
  EXPECT_EQ(percent(982, 1000), "98.2 %");
  EXPECT_EQ(percent(999'999, 1'000'000), "99.9 %");
  EXPECT_EQ(percent(7, 7), "100.0 %");
}

TEST(Figures, SpansAreRoundedToWhatAPersonReads) {
  EXPECT_EQ(span_text(0us), "0s");
  EXPECT_EQ(span_text(17us), "17us");
  EXPECT_EQ(span_text(1234us), "1ms200us");
  EXPECT_EQ(span_text(45'678us), "45ms");
  EXPECT_EQ(span_text(3'217'000us), "3s200ms");
  EXPECT_EQ(span_text(296'512'345us), "4m56s");
  EXPECT_EQ(span_text(kForever), "forever");
  EXPECT_EQ(instant_text(kNever), "never");
}

TEST(Figures, AQuantileLiesInTheBucketThatHoldsIt) {
  Histogram histogram{};
  EXPECT_EQ(quantile(histogram, 0.5), std::nullopt);
  histogram[10] = 98;  // 1024 us to 2048 us
  histogram[16] = 2;   // 65 ms to 131 ms
  EXPECT_GE(*quantile(histogram, 0.5), 1024us);
  EXPECT_LT(*quantile(histogram, 0.5), 2048us);
  EXPECT_GE(*quantile(histogram, 0.99), 65536us);
  EXPECT_LE(*quantile(histogram, 0.99), 131072us);
}

}  // namespace
}  // namespace freshet::tools
