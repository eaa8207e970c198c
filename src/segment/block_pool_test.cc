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

// What an empty segment has for records: one block is the first page of its index.
std::uint32_t log_blocks(const Segment& s) { return s.geometry.blocks - 1; }

std::uint32_t open_one(Segment& s) { return s.pool.open(0, BlockPool::stream(Queue::small, 0), 0); }

void recycle(Segment& s, std::uint32_t block) {
  s.pool.end_life(block);
  s.pool.give_back(block);
}

TEST(BlockPool, GivesEachBlockOnceAndTakesThemInTheOrderOfOpening) {
  const auto s = segment();
  std::vector<std::uint32_t> opened;
  for (std::uint32_t b = open_one(*s); b != kNone; b = open_one(*s)) opened.push_back(b);
  EXPECT_EQ(opened.size(), log_blocks(*s));
  EXPECT_EQ(s->pool.free_count(), 0U);
  for (const std::uint32_t expected : opened) {
    ASSERT_EQ(s->pool.take_oldest(Queue::small), expected);
    recycle(*s, expected);
  }
  EXPECT_EQ(s->pool.take_oldest(Queue::small), kNone);
  EXPECT_EQ(s->pool.free_count(), log_blocks(*s));
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

// In a damaged file a block may say that what it holds is valid although it holds nothing: once opened it would say the
// contrary, and lose all that is put into it.
TEST(BlockPool, I2_ABlockThatHoldsNothingNeverSaysThatItDoesWhateverItsFileSays) {
  for (const BlockState state : {BlockState::free, BlockState::condemned, BlockState::index, BlockState::filling}) {
    const auto s = segment();
    const std::uint32_t last = s->geometry.blocks - 1;
    s->pool[last].state = state;
    // Valid where there is nothing to be valid, and the other way round.
    s->pool[last].generation.store(state == BlockState::filling ? 6 : 7);
    s->pool.recover();
    s->pool.give_back_unused_pages(0, [&] {
      std::vector<bool> in_use(s->geometry.blocks);
      in_use[s->index.directory().look(0, 0).block()] = true;
      return in_use;
    }());
    s->pool.free_unpinned(1);
    EXPECT_EQ(s->pool.free_count(), log_blocks(*s));
    for (std::uint32_t b = open_one(*s); b != kNone; b = open_one(*s)) {
      EXPECT_EQ(s->pool[b].generation.load() % 2, 1U) << "state " << static_cast<int>(state);
    }
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
  EXPECT_EQ(s->pool.free_count(), log_blocks(*s) - 1);
  s->processes.unpin(pin);
  s->pool.free_unpinned(100);
  EXPECT_EQ(s->pool.free_count(), log_blocks(*s));
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
  EXPECT_EQ(s->pool.free_count(), log_blocks(*s));
}

TEST(BlockPool, I1_GivesTheIndexAThirdAndNoneOfWhatIsKept) {
  const auto s = segment();
  while (s->pool.take_for_index(0, 0) != kNone) {
  }
  EXPECT_EQ(s->pool.index_count(), s->geometry.most_index_blocks());
  EXPECT_EQ(s->pool.log_blocks(), s->geometry.blocks - s->geometry.most_index_blocks());
  const auto other = segment();
  while (open_one(*other) != kNone && other->pool.free_count() > 6) {
  }
  while (other->pool.take_for_index(0, 5) != kNone) {
  }
  EXPECT_EQ(other->pool.free_count(), 5U);
}

TEST(BlockPool, APageStaysAPageWhenTheListsAreRebuiltAndAnUnreadOneComesBack) {
  const auto s = segment();
  const std::uint32_t read = s->pool.take_for_index(0, 0);
  const std::uint32_t unread = s->pool.take_for_index(0, 0);
  s->pool.recover();
  EXPECT_EQ(s->pool.index_count(), 3U);
  EXPECT_EQ(s->pool.free_count(), s->geometry.blocks - 3);
  std::vector<bool> in_use(s->geometry.blocks);
  in_use[read] = true;
  s->pool.give_back_unused_pages(1, in_use);
  EXPECT_EQ(s->pool.index_count(), 3U) << "another shard's";
  s->pool.give_back_unused_pages(0, in_use);
  EXPECT_EQ(s->pool[read].state, BlockState::index);
  EXPECT_EQ(s->pool[unread].state, BlockState::free);
  EXPECT_EQ(s->pool.index_count(), 1U);
}

const char* deadly = nullptr;

TEST(BlockPool, I7_ADeathAtAnyPointInsideTheLockLosesNoBlock) {
  for (const char* point :
       {"pool.open", "pool.opened", "pool.take", "pool.uncondemn", "pool.put_away", "pool.index_taken"}) {
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
      s->pool.take_for_index(0, 0);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << point;
    s->processes.unpin(pin);
    s->reap();
    s->pool.free_unpinned(100);
    const std::uint32_t queued = s->pool.queued(Queue::small);
    EXPECT_EQ(s->pool.free_count() + queued, log_blocks(*s)) << point;
    for (std::uint32_t i = 0; i < queued; ++i) {
      const std::uint32_t block = s->pool.take_oldest(Queue::small);
      ASSERT_NE(block, kNone) << point;
      recycle(*s, block);
    }
    for (std::uint32_t i = 0; i < log_blocks(*s); ++i) {
      const std::uint32_t block = open_one(*s);
      ASSERT_NE(block, kNone) << point;
      ASSERT_EQ(s->pool[block].generation.load() % 2, 1U) << point;
    }
  }
}

}  // namespace
}  // namespace freshet::segment
