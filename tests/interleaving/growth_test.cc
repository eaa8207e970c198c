// The index grows while others look: pages split and entries move between their buckets, and no reader misses a key
// that is there all the time.
#include "tests/crash/witness.h"
#include "tests/interleaving/stage.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace freshet::witness {
namespace {

std::string key_of(unsigned n) { return "k" + std::to_string(n); }

void fill(SegmentStore& store, unsigned from, unsigned to) {
  for (unsigned n = from; n < to; ++n) {
    const std::string put = checkable(key_of(n), 4, 1);
    ASSERT_EQ(store.put(request(key_of(n), put)), Reason::stored) << n;
  }
}

// How many of the keys are missed, or served wrong.
unsigned missed(SegmentStore& store, unsigned keys) {
  std::string value;
  unsigned n = 0;
  for (unsigned i = 0; i < keys; ++i) {
    if (!store.get(key_of(i), kNow, value).found || !is_whole(key_of(i), value)) ++n;
  }
  return n;
}

TEST(Growth, NoReaderMissesAKeyAtAnyStepOfASplitOrAMove) {
  for (const char* point :
       {"index.splitting", "pool.index_taken", "index.split_taken", "index.split_filled", "index.split_publishing",
        "index.split_published", "index.split_cleared", "index.copied", "index.announced"}) {
    for (const int passage : {1, 2, 3, 9}) {
      Opened store("memory:?size=1MiB");
      fill(*store.store, 0, 300);
      Stage stage;
      ASSERT_TRUE(stage.play({point, passage}, [&] { fill(*store.store, 300, 6000); })) << point;
      // The actor holds the lock of the only shard: these lookups need none, not even to be sure of a miss.
      EXPECT_EQ(missed(*store.store, 300), 0U) << point << passage;
      std::string value;
      EXPECT_FALSE(store->get("absent", kNow, value).found);
      stage.release();
      stage.join();
      EXPECT_EQ(missed(*store.store, 6000), 0U) << point << passage;
      EXPECT_EQ(audit(*store.segment), "") << point << passage;
    }
  }
}

TEST(Growth, AReaderThatIsStoppedBetweenItsTwoLooksSeesThatTheEntryMoved) {
  for (const unsigned until : {400U, 12'000U}) {
    Opened store("memory:?size=4MiB");
    fill(*store.store, 0, 300);
    // One that the first split sends to another page.
    unsigned n = 300;
    while (store.segment->index.hash(key_of(n)).position >> (segment::kPositionBits - 1) == 0) ++n;
    Stage stage;
    std::string value;
    Fetch fetch;
    // It found nothing, and has not yet looked whether that means anything. The key is stored only now.
    ASSERT_TRUE(stage.play({"store.missed", 1}, [&] { fetch = store->get(key_of(n), kNow, value); }));
    fill(*store.store, 300, until);
    const bool split = store.segment->pool.index_count() > 1;
    EXPECT_EQ(split, until > 400);
    stage.release();
    stage.join();
    EXPECT_EQ(fetch.found, split) << "without a split its miss was true when it looked";
    if (split) {
      EXPECT_TRUE(is_whole(key_of(n), value));
    }
  }
}

TEST(Growth, ThreadsThatReadWhileTheIndexGrowsMissNothing) {
  Opened store("memory:?size=16MiB");
  constexpr unsigned kThere = 2000;
  fill(*store.store, 0, kThere);
  const std::uint32_t pages = store.segment->pool.index_count();
  std::atomic<bool> grown{false};
  std::atomic<unsigned> misses{0};
  std::atomic<std::uint64_t> rounds{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      do {
        misses += missed(*store.store, kThere);
        ++rounds;
      } while (!grown);
    });
  }
  std::vector<std::thread> writers;
  for (unsigned t = 0; t < 2; ++t) {
    writers.emplace_back([&, t] { fill(*store.store, kThere + t * 30'000, kThere + (t + 1) * 30'000); });
  }
  for (auto& writer : writers) writer.join();
  grown = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(misses, 0U);
  EXPECT_GE(rounds, 3U);
  EXPECT_GT(store.segment->pool.index_count(), 10 * pages);
  EXPECT_EQ(missed(*store.store, kThere + 60'000), 0U);
  EXPECT_EQ(audit(*store.segment), "");
}

TEST(Growth, TheIndexOfAFullSegmentGrowsWithTheNumberOfEntries) {
  Opened store("memory:?size=2MiB");
  const std::string large(4000, 'l');
  for (int n = 0; n < 1000; ++n) store->put(request("large " + std::to_string(n), large));
  const std::uint32_t pages = store.segment->pool.index_count();
  EXPECT_LE(pages, 6U);
  // Full. Now small ones, of which many more fit: asked for again and again, stored where they are missed.
  constexpr unsigned kSmall = 10'000;
  for (int round = 0; round < 8; ++round) {
    for (unsigned n = 0; n < kSmall; ++n) {
      std::string value;
      if (!store->get(key_of(n), kNow, value).found) fill(*store.store, n, n + 1);
    }
  }
  const Stats stats = store->stats();
  EXPECT_GT(store.segment->pool.index_count(), 4 * pages);
  EXPECT_GT(stats.entries, kSmall * 9 / 10U);
  EXPECT_EQ(stats[Reason::evicted_index_full], 0U) << "the log is the bound, not the index";
  EXPECT_EQ(audit(*store.segment), "");
}

}  // namespace
}  // namespace freshet::witness
