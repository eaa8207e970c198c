#include "measure/process_time.h"

#include <gtest/gtest.h>
#include <stdexcept>
#include <unistd.h>

namespace bench {
namespace {

TEST(ProcessTime, ReadsParentUserAndSystemTime) {
  const ProcessTimes times = parse_stat(
      "757 (nginx) S 756 756 756 0 -1 4194624 100 0 0 0 250 1750 9 9 20 0 1 0 123 45 6 18446744073709551615", 100);
  EXPECT_EQ(times.pid, 757);
  EXPECT_EQ(times.parent, 756);
  EXPECT_DOUBLE_EQ(times.seconds, 20);
}

TEST(ProcessTime, ANameMayHoldBlanksAndBrackets) {
  const ProcessTimes times = parse_stat("12 (a) R 1 (b) S 7 0 0 0 0 0 0 0 0 0 100 100 0 0", 100);
  EXPECT_EQ(times.parent, 7);
  EXPECT_DOUBLE_EQ(times.seconds, 2);
}

TEST(ProcessTime, RefusesWhatIsCutOff) {
  EXPECT_THROW(parse_stat("757 (nginx) S 756 756", 100), std::runtime_error);
  EXPECT_THROW(parse_stat("757 nginx S 756", 100), std::runtime_error);
  EXPECT_THROW(parse_stat("", 100), std::runtime_error);
}

TEST(ProcessTime, SumsAProcessAndItsDescendantsInWhateverOrderTheyAreListed) {
  const std::vector<ProcessTimes> all = {{4, 3, 8}, {1, 0, 100}, {3, 2, 4}, {2, 1, 2}, {5, 2, 1}, {6, 1, 100}};
  EXPECT_DOUBLE_EQ(seconds_of_tree(2, all), 15);
  EXPECT_DOUBLE_EQ(seconds_of_tree(9, all), 0);
}

TEST(ProcessTime, OfThisProcessGrowsWithItsWork) {
  const double before = processor_seconds_of_tree(getpid());
  volatile unsigned work = 0;
  double after = before;
  for (int i = 0; i < 10'000 && after - before < 0.02; ++i) {
    for (int j = 0; j < 1'000'000; ++j) work = work + 1;
    after = processor_seconds_of_tree(getpid());
  }
  EXPECT_GE(after - before, 0.02);
}

}  // namespace
}  // namespace bench
