#include "segment/index.h"

#include "platform/mapped_file.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace freshet::segment {
namespace {

struct Table {
  explicit Table(std::uint64_t size_bytes) : geometry(Geometry::of(size_bytes)) {
    platform::random_bytes(secret, sizeof(secret));
    buckets = std::vector<Bucket>(std::size_t{geometry.shards} * geometry.buckets_per_shard);
    ghosts = std::vector<GhostBucket>(std::size_t{geometry.shards} * geometry.ghosts_per_shard);
  }
  Geometry geometry;
  std::uint8_t secret[192];
  std::vector<Bucket> buckets;
  std::vector<GhostBucket> ghosts;
  Index index() { return {buckets.data(), ghosts.data(), geometry, secret}; }
};

TEST(Index, I8_NobodyWithoutTheSecretCanTellWhichKeysCollide) {
  Table one(std::uint64_t{1} << 20);
  Table other(std::uint64_t{1} << 20);
  // Keys chosen, with one segment's secret in hand, to fall into one bucket.
  std::vector<std::string> chosen;
  for (int i = 0; chosen.size() < 200; ++i) {
    const std::string key = "k" + std::to_string(i);
    if (one.index().hash(key).bucket[0] == 7) chosen.push_back(key);
  }
  std::set<std::uint32_t> elsewhere;
  for (const std::string& key : chosen) elsewhere.insert(other.index().hash(key).bucket[0]);
  EXPECT_GT(elsewhere.size(), 120U) << "in another segment they are spread";
}

TEST(Index, I8_ABucketFullOfChosenKeysStillTakesOneMore) {
  Table table(std::uint64_t{1} << 20);
  Index index = table.index();
  const KeyHash key = index.hash("k");
  for (std::uint32_t i = 0; i < Index::kCandidates; ++i) {
    index.slot(key, i).store(Slot::make(1, std::uint64_t{i} * 64, i == 11 ? 0 : 2).word);
  }
  EXPECT_EQ(index.empty_slot(key), nullptr);
  EXPECT_EQ(&index.coldest_slot(key), &index.slot(key, 11));
  EXPECT_EQ(index.slot_of(key, 640), &index.slot(key, 10));
  EXPECT_EQ(index.slot_of(key, 648), nullptr);
}

TEST(Index, TwoChoicesFillBucketsEvenly) {
  Table table(std::uint64_t{8} << 20);
  Index index = table.index();
  const std::size_t slots = table.buckets.size() * kSlotsPerBucket;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < slots * 9 / 10; ++i) {
    Shared<std::uint64_t>* slot = index.empty_slot(index.hash("key " + std::to_string(i)));
    if (slot == nullptr) {
      ++refused;
    } else {
      slot->store(1);
    }
  }
  EXPECT_LT(refused, slots / 100) << "of nine tenths of all slots";
}

TEST(Index, TheBucketsAndShardsOfAKeyAreInRange) {
  for (const std::uint64_t size : {std::uint64_t{1} << 20, std::uint64_t{1} << 26, std::uint64_t{1} << 31}) {
    Geometry g = Geometry::of(size);
    std::uint8_t secret[192] = {1, 2, 3};
    const Index index(nullptr, nullptr, g, secret);
    std::set<std::uint16_t> shards;
    for (int i = 0; i < 5000; ++i) {
      const KeyHash key = index.hash("key " + std::to_string(i));
      ASSERT_LT(key.shard, g.shards);
      ASSERT_LT(key.bucket[0], g.buckets_per_shard);
      ASSERT_LT(key.bucket[1], g.buckets_per_shard);
      ASSERT_NE(key.bucket[0], key.bucket[1]);
      ASSERT_LT(key.ghost_bucket, g.ghosts_per_shard);
      ASSERT_NE(key.ghost_fingerprint, 0U);
      shards.insert(key.shard);
    }
    EXPECT_EQ(shards.size(), g.shards) << "every shard is used";
  }
}

TEST(Ghosts, RememberTheQueueAndForgetTheOldestFirst) {
  Table table(std::uint64_t{1} << 20);
  Index index = table.index();
  const KeyHash key = index.hash("k");
  Queue from = Queue::small;
  EXPECT_FALSE(index.find_ghost(key, from));
  index.add_ghost(key, Queue::main);
  ASSERT_TRUE(index.find_ghost(key, from));
  EXPECT_EQ(from, Queue::main);
  KeyHash stranger = key;
  for (std::uint32_t i = 1; i < kGhostsPerBucket; ++i) {
    stranger.ghost_fingerprint = key.ghost_fingerprint + 2 * i;
    index.add_ghost(stranger, Queue::small);
  }
  EXPECT_TRUE(index.find_ghost(key, from)) << "there is room for fifteen";
  stranger.ghost_fingerprint += 2;
  index.add_ghost(stranger, Queue::small);
  EXPECT_FALSE(index.find_ghost(key, from));
}

}  // namespace
}  // namespace freshet::segment
