#include "segment/block_pool.h"

#include "platform/pause_point.h"
#include "segment/segment.h"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace freshet::segment {
namespace {

std::unique_ptr<Segment> segment() { return Segment::open(parse_placement("memory:?size=1MiB")); }

std::uint32_t open_one(Segment& s) { return s.pool.open(0, BlockPool::stream(Queue::small, 0), 0); }

void recycle(Segment& s, std::uint32_t block) {
  s.pool.end_life(block);
  s.pool.give_back(block);
}

TEST(BlockPool, GivesEachBlockOnceAndTakesThemInTheOrderOfOpening) {
  const auto s = segment();
  std::vector<std::uint32_t> opened;
  for (std::uint32_t b = open_one(*s); b != kNone; b = open_one(*s)) opened.push_back(b);
  EXPECT_EQ(opened.size(), s->geometry.blocks);
  EXPECT_EQ(s->pool.free_count(), 0U);
  for (const std::uint32_t expected : opened) {
    ASSERT_EQ(s->pool.take_oldest(Queue::small), expected);
    recycle(*s, expected);
  }
  EXPECT_EQ(s->pool.take_oldest(Queue::small), kNone);
  EXPECT_EQ(s->pool.free_count(), s->geometry.blocks);
}

TEST(BlockPool, KeepsBlocksBackForMoves) {
  const auto s = segment();
  while (s->pool.open(0, 0, 5) != kNone) {
  }
  EXPECT_EQ(s->pool.free_count(), 5U);
}

TEST(BlockPool, I2_ALifeIsOddAndNeverComesBack) {
  const auto s = segment();
  std::uint32_t last = 0;
  for (int i = 0; i < 10; ++i) {
    const std::uint32_t block = open_one(*s);
    const std::uint32_t generation = s->pool[block].generation.load();
    EXPECT_EQ(generation % 2, 1U);
    EXPECT_GT(generation, last);
    last = generation;
    ASSERT_TRUE(s->pool.take(block));
    recycle(*s, block);
    EXPECT_EQ(s->pool[block].generation.load() % 2, 0U);
  }
}

TEST(BlockPool, APinnedBlockIsFreeOnlyAfterItsPinWasLetGo) {
  const auto s = segment();
  const std::uint32_t block = open_one(*s);
  const Pin pin = s->processes.pin({block, s->pool[block].generation.load()});
  ASSERT_TRUE(pin);
  s->pool[block].pinned.store(1);
  ASSERT_TRUE(s->pool.take(block));
  recycle(*s, block);
  s->pool.free_unpinned(100);
  EXPECT_EQ(s->pool.free_count(), s->geometry.blocks - 1);
  s->processes.unpin(pin);
  s->pool.free_unpinned(100);
  EXPECT_EQ(s->pool.free_count(), s->geometry.blocks);
}

TEST(BlockPool, PinsHoldWhenTheCleanerDiesBetweenEndingALifeAndGivingItsBlockBack) {
  const auto s = segment();
  const std::uint32_t block = open_one(*s);
  const Pin pin = s->processes.pin({block, s->pool[block].generation.load()});
  s->pool[block].pinned.store(1);
  ASSERT_TRUE(s->pool.take(block));
  s->pool.end_life(block);
  s->pool.take_back_from(s->processes.own_slot());  // as for a dead cleaner
  EXPECT_EQ(s->pool[block].state, BlockState::condemned);
  s->processes.unpin(pin);
  s->pool.free_unpinned(100);
  EXPECT_EQ(s->pool.free_count(), s->geometry.blocks);
}

const char* deadly = nullptr;

TEST(BlockPool, I7_ADeathAtAnyPointInsideTheLockLosesNoBlock) {
  for (const char* point : {"pool.open", "pool.opened", "pool.take", "pool.uncondemn", "pool.put_away"}) {
    const auto s = segment();
    for (int i = 0; i < 6; ++i) open_one(*s);
    const std::uint32_t pinned = s->pool.take_oldest(Queue::small);
    const Pin pin = s->processes.pin({pinned, s->pool[pinned].generation.load()});
    s->pool[pinned].pinned.store(1);
    recycle(*s, pinned);
    deadly = point;
    const pid_t child = fork();
    if (child == 0) {
      platform::pause_hook.store([](const char* passed) {
        if (std::strcmp(passed, deadly) == 0) raise(SIGKILL);
      });
      open_one(*s);
      s->pool.take_oldest(Queue::small);
      s->pool.free_unpinned(1);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << point;
    s->processes.unpin(pin);
    s->reap();
    s->pool.free_unpinned(100);
    const std::uint32_t queued = s->pool.queued(Queue::small);
    EXPECT_EQ(s->pool.free_count() + queued, s->geometry.blocks) << point;
    for (std::uint32_t i = 0; i < queued; ++i) {
      const std::uint32_t block = s->pool.take_oldest(Queue::small);
      ASSERT_NE(block, kNone) << point;
      recycle(*s, block);
    }
    for (std::uint32_t i = 0; i < s->geometry.blocks; ++i) {
      const std::uint32_t block = open_one(*s);
      ASSERT_NE(block, kNone) << point;
      ASSERT_EQ(s->pool[block].generation.load() % 2, 1U) << point;
    }
  }
}

}  // namespace
}  // namespace freshet::segment
