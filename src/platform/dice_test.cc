#include "platform/dice.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace freshet::platform {
namespace {

TEST(Dice, StayInTheirRangeAndSpread) {
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double value = roll();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.05);
}

TEST(Dice, LoadedTheyFallTheSameWayAgain) {
  load_dice(7);
  const double first = roll();
  const double second = roll();
  load_dice(7);
  EXPECT_EQ(roll(), first);
  EXPECT_EQ(roll(), second);
  load_dice(8);
  EXPECT_NE(roll(), first);
}

TEST(Dice, AForkedChildThrowsOthersThanItsParent) {
  roll();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const double value = roll();
    const bool sent = write(ends[1], &value, sizeof value) == sizeof value;
    _exit(sent ? 0 : 1);
  }
  double theirs = 0;
  ASSERT_EQ(read(ends[0], &theirs, sizeof theirs), static_cast<ssize_t>(sizeof theirs));
  EXPECT_NE(theirs, roll());
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace freshet::platform
