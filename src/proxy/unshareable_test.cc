#include "proxy/unshareable.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::proxy {
namespace {

TEST(Unshareable, KeysAreRememberedForAWhileAndForgotten) {
  Unshareable keys;
  const Tick now = std::chrono::steady_clock::now();
  EXPECT_FALSE(keys.contains("a", now));
  keys.add("a", now);
  EXPECT_TRUE(keys.contains("a", now));
  EXPECT_TRUE(keys.contains("a", now + Unshareable::kLasts - std::chrono::seconds(1)));
  EXPECT_FALSE(keys.contains("a", now + Unshareable::kLasts));
  EXPECT_FALSE(keys.contains("b", now));
}

TEST(Unshareable, AMillionKeysTakeNoMoreRoomThanOne) {
  Unshareable keys;
  const Tick now = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000'000; ++i) keys.add(std::to_string(i), now);
  EXPECT_TRUE(keys.contains("999999", now));
  int others = 0;
  for (int i = 1'000'000; i < 1'100'000; ++i) others += keys.contains(std::to_string(i), now) ? 1 : 0;
  EXPECT_EQ(others, 0) << "forty bits of a hash tell keys apart";
}

}  // namespace
}  // namespace freshet::proxy
