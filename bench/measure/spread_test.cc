#include "measure/spread.h"

#include <gtest/gtest.h>

namespace bench {
namespace {

TEST(Spread, OfAnOddNumberOfRoundsTakesTheMiddleOne) {
  const Spread spread = Spread::of({5, 1, 3});
  EXPECT_EQ(spread.median, 3);
  EXPECT_EQ(spread.least, 1);
  EXPECT_EQ(spread.most, 5);
}

TEST(Spread, OfAnEvenNumberOfRoundsTakesTheMeanOfTheTwoInTheMiddle) { EXPECT_EQ(Spread::of({8, 1, 2, 4}).median, 3); }

TEST(Spread, OfNothingIsZero) { EXPECT_EQ(Spread::of({}).median, 0); }

TEST(Ratios, AreWithinEachRound) {
  const std::vector<double> expected = {2, 0.5};
  EXPECT_EQ(ratios({4, 1, 9}, {2, 2}), expected);
}

}  // namespace
}  // namespace bench
