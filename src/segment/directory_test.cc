#include "segment/directory.h"

#include "platform/pause_point.h"
#include "segment/segment.h"

#include <bit>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace freshet::segment {
namespace {

std::unique_ptr<Segment> segment() { return Segment::open(parse_placement("memory:?size=1MiB")); }

KeyHash key(const Segment& s, std::uint32_t n) { return s.index.hash("key " + std::to_string(n)); }
std::uint64_t offset(std::uint32_t n) { return std::uint64_t{n} * kRecordAlignment; }

void put(Segment& s, std::uint32_t n) {
  const KeyHash k = key(s, n);
  const Index::Room room = s.index.room_for(k, 0);
  ASSERT_FALSE(room.occupied);
  room.slot->store(Slot::make(k.position, offset(n), 0).word);
}

bool has(const Segment& s, std::uint32_t n) { return s.index.slot_of(key(s, n), offset(n)) != nullptr; }

// Every range aligned, every word in the page of its position, no word twice; how many there are.
std::uint32_t count_words(const Segment& s) {
  std::set<std::uint64_t> seen;
  const Directory& directory = s.index.directory();
  directory.for_each_page(0, [&](Bucket* page, std::uint32_t block, std::uint32_t first, std::uint32_t count) {
    EXPECT_TRUE(std::has_single_bit(count) && first % count == 0) << first << ' ' << count;
    EXPECT_EQ(s.pool[block].state, BlockState::index);
    for (std::uint32_t b = 0; b < s.geometry.buckets_per_page(); ++b) {
      for (auto& slot : page[b].slot) {
        const Slot word{slot.load()};
        if (word.empty()) continue;
        EXPECT_LT(directory.number_of(word.position()) - first, count);
        EXPECT_TRUE(seen.insert(word.log_offset()).second) << "twice";
      }
    }
  });
  return static_cast<std::uint32_t>(seen.size());
}

TEST(Directory, ASplitKeepsEveryWordAndMovesTheUpperHalf) {
  const auto s = segment();
  for (std::uint32_t n = 0; n < 400; ++n) put(*s, n);
  ASSERT_EQ(s->pool.index_count(), 1U);
  Directory directory = s->index.directory();
  std::uint32_t pages = 1;
  for (std::uint32_t tries = 0; pages < 40; ++tries) {
    ASSERT_LT(tries, 1000U);
    // A range that is as narrow as it gets does not split.
    if (directory.split(0, key(*s, tries).position, 0)) ++pages;
    ASSERT_EQ(s->pool.index_count(), pages);
    ASSERT_EQ(count_words(*s), 400U);
    for (std::uint32_t n = 0; n < 400; ++n) ASSERT_TRUE(has(*s, n)) << n;
  }
}

TEST(Directory, I1_EndsWhereItIsAsFineAsItGets) {
  const auto s = segment();
  Directory directory = s->index.directory();
  std::uint32_t splits = 0;
  while (directory.split(0, 12'345, 0)) ++splits;
  EXPECT_EQ(splits, s->geometry.directory_bits);
  EXPECT_FALSE(directory.split(0, 12'345, 0));
  EXPECT_TRUE(directory.split(0, 12'345 ^ (1U << (kPositionBits - 1)), 0)) << "elsewhere there is room";
  EXPECT_EQ(count_words(*s), 0U);
}

TEST(Directory, LeavesTheBlocksAloneThatAreKept) {
  const auto s = segment();
  Directory directory = s->index.directory();
  EXPECT_FALSE(directory.split(0, 0, s->pool.free_count()));
  EXPECT_EQ(s->pool.index_count(), 1U);
  EXPECT_TRUE(directory.split(0, 0, s->pool.free_count() - 1));
}

TEST(Directory, AReaderWhosePlacesASplitOrAMoveEmptiedIsToldToLookAgain) {
  const auto s = segment();
  for (std::uint32_t n = 0; n < 400; ++n) put(*s, n);
  std::vector<Index::Places> before;
  for (std::uint32_t n = 0; n < 400; ++n) before.push_back(s->index.places(key(*s, n)));
  Directory directory = s->index.directory();
  int moves = 0;
  for (std::uint32_t n = 0; n < 100; ++n) {
    // To a free slot in its other bucket, if there is one.
    Shared<std::uint64_t>* from = s->index.slot_of(key(*s, n), offset(n));
    const bool first = from >= &before[n][0] && from < &before[n][0] + kSlotsPerBucket;
    for (std::uint32_t i = 0; i < kSlotsPerBucket; ++i) {
      Shared<std::uint64_t>& to = before[n][first ? kSlotsPerBucket + i : i];
      if (to.load() != 0) continue;
      directory.move(0, *from, to);
      ASSERT_EQ(from->load(), 0U);
      ++moves;
      break;
    }
  }
  ASSERT_TRUE(directory.split(0, 0, 0));
  ASSERT_TRUE(directory.split(0, 0, 0));
  int emptied = 0;
  for (std::uint32_t n = 0; n < 400; ++n) {
    bool found = false;
    for (std::uint32_t i = 0; i < Index::kCandidates; ++i) {
      found = found || Slot{before[n][i].load()}.log_offset() == offset(n);
    }
    emptied += found ? 0 : 1;
    EXPECT_TRUE(found || s->index.moved(key(*s, n), before[n])) << n;
    EXPECT_TRUE(has(*s, n)) << n;
  }
  EXPECT_GT(moves, 50);
  EXPECT_GT(emptied, moves + 100) << "some by moves, some by the splits";
}

const char* deadly = nullptr;
int passages = 0;

TEST(Directory, I7_ADeathAtAnyPointOfASplitOrAMoveLosesNoWordAndNoBlock) {
  for (const char* point : {"index.splitting", "index.split_taken", "index.split_filled", "index.split_publishing",
                            "index.split_published", "index.split_cleared", "index.copied", "index.announced"}) {
    for (const int passage : {1, 2, 3, 37}) {
      const auto s = segment();
      for (std::uint32_t n = 0; n < 400; ++n) put(*s, n);
      deadly = point;
      passages = passage;
      const pid_t child = fork();
      if (child == 0) {
        platform::pause_hook.store([](const char* passed) {
          if (std::strcmp(passed, deadly) == 0 && --passages == 0) raise(SIGKILL);
        });
        const Segment::ShardLock lock(*s, 0);
        for (std::uint32_t n = 400; n < 20'000; ++n) put(*s, n);
        _exit(0);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << point;
      { const Segment::ShardLock mends(*s, 0); }
      std::uint32_t pages = 0;
      s->index.directory().for_each_page(0, [&](auto...) { ++pages; });
      EXPECT_EQ(pages, s->pool.index_count()) << point;
      EXPECT_EQ(s->pool.free_count() + pages, s->geometry.blocks) << point;
      EXPECT_EQ(count_words(*s), s->shards[0].entries.load()) << point;
      for (std::uint32_t n = 0; n < 400; ++n) ASSERT_TRUE(has(*s, n)) << point << ' ' << n;
    }
  }
}

TEST(Directory, IsNotSoundWhenItNamesABlockThatIsNoPage) {
  const auto s = segment();
  const Directory& directory = s->index.directory();
  EXPECT_TRUE(directory.is_sound(true));
  auto* first = reinterpret_cast<Shared<std::uint64_t>*>(reinterpret_cast<std::byte*>(&s->superblock) +
                                                         s->geometry.directories_at);
  const std::uint64_t whole = first->load();
  first->store(PageName::make(s->geometry.blocks, 0).word);
  EXPECT_FALSE(directory.is_sound(false));
  first->store(PageName::make(PageName{whole}.block() + 1, 0).word);
  EXPECT_FALSE(directory.is_sound(true));
  first->store(whole);
  EXPECT_TRUE(directory.is_sound(true));
}

}  // namespace
}  // namespace freshet::segment
