#include "trace_replay.h"

#include "temporary_file.h"

#include <freshet/cache.h>
#include <freshet/testing.h>

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

using namespace std::chrono_literals;

AccessTrace trace_of(std::string_view text) {
  const TemporaryFile file(text);
  return read_trace(file.path());
}

std::shared_ptr<Store> first_in_first_out(std::size_t entries) {
  testing::InProcessOptions options;
  options.entries = entries;
  return testing::in_process_store(options);
}

ReplayOptions sized() {
  ReplayOptions options;
  options.max_value_bytes = 1 << 20;
  return options;
}

TEST(TraceReplay, ATraceOfTenAccessesHitsAsComputedByHand) {
  // Room for two, first in, first out: what is there after each access stands behind it.
  const AccessTrace trace = trace_of(
      "1\n"    // miss  1
      "2\n"    // miss  1 2
      "1\n"    // HIT   1 2
      "3\n"    // miss  2 3
      "1\n"    // miss  3 1
      "3\n"    // HIT   3 1
      "2\n"    // miss  1 2
      "2\n"    // HIT   1 2
      "1\n"    // HIT   1 2
      "3\n");  // miss  2 3
  ReplayOptions options = sized();
  options.value_bytes = 10;
  const auto store = first_in_first_out(2);
  const ReplayFigures figures = replay(trace, *store, options);
  EXPECT_EQ(figures.accesses, 10U);
  EXPECT_EQ(figures.hits, 4U);
  EXPECT_DOUBLE_EQ(figures.hit_ratio(), 0.4);
  EXPECT_EQ(figures.bytes, 100U);
  EXPECT_EQ(figures.hit_bytes, 40U);
  EXPECT_EQ(figures.entries_at_end, 2U);
  EXPECT_EQ(figures.refused, 0U);
}

TEST(TraceReplay, SizesThatNoServerHasAddUpToTheMostThereIs) {
  const AccessTrace trace = trace_of("0 a 200000\n1 a 200000\n2 b 18446744073709351400\n3 c 18446744073709551615\n");
  EXPECT_EQ(footprint_bytes(trace, 0), ~std::uint64_t{0});
  const auto store = first_in_first_out(2);
  const ReplayFigures figures = replay(trace, *store, sized());
  EXPECT_EQ(figures.bytes, ~std::uint64_t{0});
  EXPECT_EQ(figures.hit_bytes, 200000U);
}

TEST(TraceReplay, BytesAndSecondsSavedAreThoseOfTheHits) {
  const AccessTrace trace = trace_of("0 a 100 7\n1 b 1000 70\n2 a 100 7\n3 b 1000 70\n4 c 5 700\n");
  const auto store = first_in_first_out(10);
  const ReplayFigures figures = replay(trace, *store, sized());
  EXPECT_EQ(figures.hits, 2U);
  EXPECT_EQ(figures.bytes, 2205U);
  EXPECT_EQ(figures.hit_bytes, 1100U);
  EXPECT_EQ(figures.load_us, 854U);
  EXPECT_EQ(figures.saved_us, 77U);
}

TEST(TraceReplay, AnEntryIsStaleWhenItsTtlHasRunOutByTheTracesOwnTimes) {
  const AccessTrace trace = trace_of("100 a 1\n109 a 1\n110 a 1\n119 a 1\n120 a 1\n");
  ReplayOptions options = sized();
  options.ttl = 10s;
  for (const auto& store : {first_in_first_out(10), open("memory:?size=1MiB").store()}) {
    // 100 miss, 109 hit, 110 stale and stored anew, 119 hit, 120 stale.
    const ReplayFigures figures = replay(trace, *store, options);
    EXPECT_EQ(figures.hits, 2U);
    EXPECT_EQ(figures.stale, 2U);
  }
}

TEST(TraceReplay, AValueTooLargeIsRefusedOrCutAsAskedFor) {
  const AccessTrace trace = trace_of("0 a 2000\n1 a 2000\n2 b 10\n3 b 10\n");
  ReplayOptions options;
  options.max_value_bytes = 1000;
  auto store = first_in_first_out(10);
  const ReplayFigures refused = replay(trace, *store, options);
  EXPECT_EQ(refused.hits, 1U);
  EXPECT_EQ(refused.refused, 2U);
  EXPECT_EQ(refused.bytes, 4020U);
  options.cut = true;
  store = first_in_first_out(10);
  const ReplayFigures cut = replay(trace, *store, options);
  EXPECT_EQ(cut.hits, 2U);
  EXPECT_EQ(cut.cut, 2U);
  EXPECT_EQ(cut.refused, 0U);
  EXPECT_EQ(cut.bytes, 2020U);
}

TEST(TraceReplay, ValuesAreReallyWrittenInTheirSize) {
  const AccessTrace trace = trace_of("0 a 5000\n1 b 300\n");
  const auto store = open("memory:?size=1MiB").store();
  replay(trace, *store, sized());
  std::string value;
  ASSERT_TRUE(store->get("a", Instant(1s), value).found);
  EXPECT_EQ(value.size(), 5000U);
  EXPECT_NE(value, std::string(5000, value[0])) << "noise, and not one byte";
  ASSERT_TRUE(store->get("b", Instant(1s), value).found);
  EXPECT_EQ(value.size(), 300U);
}

TEST(TraceReplay, ASegmentThatHoldsAllMissesEachKeyOnceAndNoMoreIsSaidToBeHeld) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * i % 997) + '\n';
  const AccessTrace trace = trace_of(text);
  ReplayOptions options = sized();
  options.value_bytes = 100;
  const ReplayFigures figures = replay(trace, *open("memory:?size=4MiB").store(), options);
  EXPECT_EQ(figures.hits, 5000 - trace.keys.size());
  EXPECT_EQ(figures.entries_held, 0) << "nothing was evicted";
  EXPECT_EQ(figures.entries_at_end, trace.keys.size());
}

TEST(TraceReplay, TheEntriesHeldByAFullSegmentAreThoseThatItsLogHasRoomFor) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + '\n';
  ReplayOptions options = sized();
  options.value_bytes = 1000;
  const ReplayFigures figures = replay(trace_of(text), *open("memory:?size=1MiB").store(), options);
  EXPECT_EQ(figures.hits, 0U);
  const double room = static_cast<double>(figures.log_bytes) / static_cast<double>(entry_bytes(8, 1000));
  EXPECT_GT(figures.entries_held, 0.9 * room);
  EXPECT_LE(figures.entries_held, room);
}

TEST(TraceReplay, AnEntryTakesInTheLogWhatEntryBytesSays) {
  const auto store = open("memory:?size=4MiB").store();
  const std::uint64_t before = store->stats().bytes_used;
  std::string text;
  for (int i = 0; i < 500; ++i) text += "0 key" + std::to_string(1000 + i) + " 1001\n";
  replay(trace_of(text), *store, sized());
  const double used = static_cast<double>(store->stats().bytes_used - before);
  const double told = 500.0 * static_cast<double>(entry_bytes(7, 1001));
  EXPECT_NEAR(used, told, 8192) << "a block at most is counted as used before it is full";
}

TEST(TraceReplay, TheFootprintIsEachKeyOnceWithItsLargestValue) {
  const AccessTrace trace = trace_of("0 a 100\n1 b 10\n2 a 500\n3 a 50\n");
  EXPECT_EQ(footprint_bytes(trace, 0), entry_bytes(1, 500) + entry_bytes(1, 10));
  EXPECT_EQ(footprint_bytes(trace_of("1\n2\n1\n"), 1000), 2 * entry_bytes(8, 1000));
}

}  // namespace
}  // namespace freshet::tools
