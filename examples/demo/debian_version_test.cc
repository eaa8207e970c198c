#include "debian_version.h"

#include <gtest/gtest.h>

namespace demo {
namespace {

void expect_older(std::string_view a, std::string_view b) {
  EXPECT_LT(compare_versions(a, b), 0) << a << " and " << b;
  EXPECT_GT(compare_versions(b, a), 0) << b << " and " << a;
}

TEST(DebianVersion, NumbersAreComparedAsNumbers) {
  expect_older("1.9", "1.10");
  expect_older("1.0-9", "1.0-10");
  EXPECT_EQ(compare_versions("1.010", "1.10"), 0);
  expect_older("99999999999999999999998", "99999999999999999999999");
}

TEST(DebianVersion, AnEpochDecidesFirst) {
  expect_older("9.9", "1:0.1");
  EXPECT_EQ(compare_versions("0:1.0", "1.0"), 0);
}

TEST(DebianVersion, ATildeIsOlderThanNothing) {
  expect_older("1.0~rc1", "1.0");
  expect_older("1.0~~", "1.0~");
  expect_older("1.0-1~bpo1", "1.0-1");
}

TEST(DebianVersion, LettersComeBeforeOtherCharacters) {
  expect_older("1.0a", "1.0+");
  expect_older("1.0", "1.0a");
}

TEST(DebianVersion, TheRevisionDecidesLast) {
  expect_older("1.0-1", "1.0-2");
  EXPECT_EQ(compare_versions("1.0", "1.0-0"), 0);
  expect_older("3.40.1-2", "3.40.1-2+deb12u2");
}

}  // namespace
}  // namespace demo
