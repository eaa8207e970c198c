#include "equal_capacity.h"

#include "temporary_file.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace freshet::bench {
namespace {

tools::AccessTrace trace_of(const std::string& text) {
  const tools::TemporaryFile file(text);
  return tools::read_trace(file.path());
}

tools::AccessTrace skewed(int accesses, double keys) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::string text;
  for (int i = 0; i < accesses; ++i) text += std::to_string(static_cast<int>(std::pow(keys, uniform(random)))) + '\n';
  return trace_of(text);
}

TEST(EqualCapacity, ACalibratedSegmentHoldsWhatWasAskedForWithinAHundredth) {
  for (const double entries : {20.0, 70.0, 99.0, 204.0, 763.0, 2583.0}) {
    const Calibration calibration = calibrate(entries);
    EXPECT_NEAR(calibration.entries_held / entries, 1, 0.01) << entries;
    EXPECT_LE(calibration.value_bytes, calibration.segment_bytes / 4) << entries;
    EXPECT_GE(calibration.segment_bytes, std::uint64_t{1} << 20);
    // Another segment, another seed of its hash: the same number.
    const double again = entries_held(calibration.segment_bytes, calibration.value_bytes);
    EXPECT_NEAR(again / entries, 1, 0.01) << entries;
  }
}

TEST(EqualCapacity, LargerValuesLeaveRoomForFewerEntries) {
  const std::uint64_t segment = std::uint64_t{1} << 20;
  double before = 1e9;
  for (const std::uint64_t value_bytes : {500U, 1000U, 2000U, 8000U, 40'000U, 200'000U}) {
    const double held = entries_held(segment, value_bytes);
    EXPECT_LT(held, before) << value_bytes;
    EXPECT_GE(held, 1) << value_bytes;
    before = held;
  }
}

TEST(EqualCapacity, ATraceIsReplayedWithAsManyEntriesHeldAsAskedFor) {
  const tools::AccessTrace trace = skewed(60'000, 5000);
  for (const std::uint64_t entries : {20U, 100U, 400U}) {
    const EqualReplay replay = replay_with_entries(trace, entries);
    EXPECT_TRUE(replay.full);
    EXPECT_TRUE(replay.equal_terms(entries)) << entries << " asked, " << replay.entries_held << " held";
    EXPECT_NEAR(replay.entries_held / static_cast<double>(entries), 1, 0.01);
    EXPECT_LE(replay.replays, kMostReplays);
    EXPECT_EQ(replay.figures.accesses, trace.accesses.size());
    EXPECT_EQ(replay.figures.refused, 0U);
    EXPECT_GT(replay.figures.hits, 0U);
  }
}

TEST(EqualCapacity, ATraceWithFewerKeysThanRoomIsSaidToBeNeverFull) {
  const EqualReplay replay = replay_with_entries(trace_of("1\n2\n3\n1\n2\n3\n"), 100);
  EXPECT_FALSE(replay.full);
  EXPECT_EQ(replay.entries_held, 3);
  EXPECT_EQ(replay.figures.hits, 3U);
  EXPECT_EQ(replay.replays, 1);
  EXPECT_TRUE(replay.equal_terms(100));
}

TEST(EqualCapacity, AnotherNumberThanAskedForIsNotEqualTerms) {
  EqualReplay replay;
  replay.entries_held = 100.9;
  EXPECT_TRUE(replay.equal_terms(100));
  replay.entries_held = 101.5;
  EXPECT_FALSE(replay.equal_terms(100));
  replay.entries_held = 98.9;
  EXPECT_FALSE(replay.equal_terms(100));
}

}  // namespace
}  // namespace freshet::bench
