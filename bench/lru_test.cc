#include "lru.h"

#include "temporary_file.h"
#include "trace_replay.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <list>
#include <random>

namespace freshet::bench {
namespace {

tools::AccessTrace trace_of(std::string_view text) {
  const tools::TemporaryFile file(text);
  return tools::read_trace(file.path());
}

TEST(Lru, ATraceOfTenAccessesHitsAsComputedByHand) {
  const tools::AccessTrace trace = trace_of(
      "1\n"    // miss  1
      "2\n"    // miss  2 1
      "1\n"    // HIT   1 2
      "3\n"    // miss  3 1
      "1\n"    // HIT   1 3
      "3\n"    // HIT   3 1
      "2\n"    // miss  2 3
      "2\n"    // HIT   2 3
      "1\n"    // miss  1 2
      "3\n");  // miss  3 1
  EXPECT_EQ(lru_of_entries(trace, 2).hits, 4U);
  EXPECT_EQ(lru_of_entries(trace, 3).hits, 7U) << "all but the first of each key";
  EXPECT_EQ(lru_of_entries(trace, 1).hits, 1U) << "the second 2";
}

TEST(Lru, ALoopLargerThanTheCapacityNeverHits) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::to_string(i % 11) + '\n';
  EXPECT_EQ(lru_of_entries(trace_of(text), 10).hits, 0U);
  EXPECT_EQ(lru_of_entries(trace_of(text), 11).hits, 89U);
}

TEST(Lru, ItAgreesWithTheSlowAndObviousOne) {
  std::mt19937 random(7);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(random() % (1 + random() % 200)) + '\n';
  const tools::AccessTrace trace = trace_of(text);
  for (const std::size_t capacity : {1U, 5U, 60U}) {
    std::list<std::uint32_t> recent;
    std::uint64_t hits = 0;
    for (const tools::Access& access : trace.accesses) {
      const auto found = std::find(recent.begin(), recent.end(), access.key);
      if (found != recent.end()) {
        ++hits;
        recent.erase(found);
      }
      recent.push_front(access.key);
      if (recent.size() > capacity) recent.pop_back();
    }
    EXPECT_EQ(lru_of_entries(trace, capacity).hits, hits) << capacity;
  }
}

TEST(Lru, ByBytesALargeEntryPutsOutSeveralAndOneThatNeverFitsPutsOutNone) {
  const std::uint64_t small = tools::entry_bytes(1, 100);
  const std::uint64_t large = tools::entry_bytes(1, 300);
  const tools::AccessTrace trace = trace_of(
      "0 a 100 1\n"      // miss
      "0 b 100 10\n"     // miss
      "0 c 300 100\n"    // miss, and a and b leave
      "0 a 100 1\n"      // miss, and c leaves
      "0 x 9000 5\n"     // never fits, and none leaves
      "0 a 100 1\n"      // HIT
      "0 c 300 100\n"    // miss
      "0 c 300 100\n");  // HIT
  ASSERT_LT(2 * small, large + small);
  const LruFigures figures = lru_of_bytes(trace, large, 1 << 20);
  EXPECT_EQ(figures.hits, 2U);
  EXPECT_EQ(figures.hit_bytes, 400U);
  EXPECT_EQ(figures.saved_us, 101U);
}

TEST(Lru, ByBytesValuesAreCutAsTheEnginesAre) {
  const tools::AccessTrace trace = trace_of("0 a 9000\n0 a 9000\n");
  EXPECT_EQ(lru_of_bytes(trace, 1000, 1 << 20).hits, 0U);
  const LruFigures cut = lru_of_bytes(trace, 1000, 500);
  EXPECT_EQ(cut.hits, 1U);
  EXPECT_EQ(cut.hit_bytes, 500U);
}

}  // namespace
}  // namespace freshet::bench
