#include "segment/index.h"

#include "segment/segment.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>
#include <xxhash.h>

namespace freshet::segment {
namespace {

// An index in a segment, filled with words that lead nowhere: the index does not look at records.
class Table {
 public:
  explicit Table(const char* size) : segment_(Segment::open(parse_placement(std::string("memory:?size=") + size))) {}

  Index& index() { return segment_->index; }
  Segment& segment() { return *segment_; }
  std::uint64_t entries() const { return entries_; }
  double fill() const {
    const Geometry& g = segment_->geometry;
    return static_cast<double>(entries_) /
           (static_cast<double>(segment_->pool.index_count()) * g.buckets_per_page() * kSlotsPerBucket);
  }

  static std::uint64_t offset_of(std::uint64_t n) { return n * kRecordAlignment; }
  KeyHash hash(std::uint64_t n) const { return segment_->index.hash("key " + std::to_string(n)); }
  // False when another had to leave.
  bool put(const KeyHash& key, std::uint64_t n, std::uint32_t hits = 0) {
    const Index::Room room = index().room_for(key, 0);
    room.slot->store(Slot::make(key.position, offset_of(n), hits).word);
    entries_ += room.occupied ? 0 : 1;
    return !room.occupied;
  }
  void take(std::uint64_t n) {
    index().slot_of(hash(n), offset_of(n))->store(0);
    --entries_;
  }
  bool has(std::uint64_t n) const { return segment_->index.slot_of(hash(n), offset_of(n)) != nullptr; }

 private:
  std::unique_ptr<Segment> segment_;
  std::uint64_t entries_ = 0;
};

TEST(Index, I8_NobodyWithoutTheSecretCanTellWhichKeysCollide) {
  Table one("1MiB");
  Table other("1MiB");
  // Keys chosen, with one segment's secret in hand, to fall into one bucket, and into one page however often it splits.
  std::vector<std::string> chosen;
  for (int i = 0; chosen.size() < 200; ++i) {
    const std::string key = "k" + std::to_string(i);
    const KeyHash hash = one.index().hash(key);
    if (hash.bucket[0] == 7 && hash.position >> (kPositionBits - 4) == 3) chosen.push_back(key);
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> elsewhere;
  for (const std::string& key : chosen) {
    const KeyHash hash = other.index().hash(key);
    elsewhere.insert({hash.position >> (kPositionBits - 4), hash.bucket[0]});
  }
  EXPECT_GT(elsewhere.size(), 160U) << "in another segment they are spread";
}

// XXH3 of 17 to 128 bytes multiplies words of the key, each mixed with a word of the secret: a word that equals the
// secret's makes a zero of the product, whatever the other word is. So with the secret that its header shows, anybody
// can make as many colliding keys as they like.
TEST(Index, I8_KeysThatCollideInTheHashAsEverybodyKnowsItDoNotCollideInASegment) {
  Table table("64MiB");
  std::set<std::uint64_t> in_public;
  std::set<std::uint64_t> here;
  for (std::uint64_t n = 0; n < 1000; ++n) {
    std::string key(32, 'x');
    std::memcpy(key.data(), XXH3_kSecret, 8);
    std::memcpy(key.data() + 8, &n, 8);
    in_public.insert(XXH3_64bits(key.data(), key.size()));
    here.insert(table.index().hash(key).hash);
  }
  EXPECT_EQ(in_public.size(), 1U) << "what an attacker has prepared";
  EXPECT_EQ(here.size(), 1000U);
}

TEST(Index, I8_KeysThatAllCollideGetOneMoreInAndCostABoundedNumberOfPages) {
  Table table("4MiB");
  const KeyHash key = table.hash(1);
  for (std::uint32_t n = 0; n < Index::kCandidates; ++n) ASSERT_TRUE(table.put(key, n, n == 11 ? 0 : 2));
  ASSERT_EQ(table.segment().pool.index_count(), table.segment().geometry.shards);
  EXPECT_FALSE(table.put(key, 100)) << "no split helps";
  EXPECT_LE(table.segment().pool.index_count(), 1 + table.segment().geometry.directory_bits);
  EXPECT_NE(table.index().slot_of(key, Table::offset_of(100)), nullptr);
  EXPECT_EQ(table.index().slot_of(key, Table::offset_of(11)), nullptr) << "the coldest left";
  for (std::uint32_t n = 0; n < Index::kCandidates; ++n) {
    EXPECT_EQ(table.index().slot_of(key, Table::offset_of(n)) == nullptr, n == 11) << n;
  }
}

TEST(Index, EveryBucketLeadsToItsOtherAndBack) {
  for (const char* size : {"1MiB", "64MiB", "256MiB"}) {
    Table table(size);
    const Directory& directory = table.index().directory();
    const std::uint32_t buckets = table.segment().geometry.buckets_per_page();
    std::vector<std::uint32_t> met(buckets);
    std::set<std::uint16_t> shards;
    for (std::uint64_t n = 0; n < 20'000; ++n) {
      const KeyHash key = table.hash(n);
      ASSERT_LT(key.shard, table.segment().geometry.shards);
      ASSERT_LT(key.position, 1U << kPositionBits);
      ASSERT_LT(key.bucket[0], buckets);
      ASSERT_LT(key.bucket[1], buckets);
      ASSERT_NE(key.bucket[0], key.bucket[1]);
      ASSERT_EQ(directory.other_bucket(key.bucket[1], key.position), key.bucket[0]);
      ++met[key.bucket[1]];
      shards.insert(key.shard);
    }
    EXPECT_EQ(shards.size(), table.segment().geometry.shards) << "every shard is used";
    EXPECT_LT(*std::max_element(met.begin(), met.end()), 3 * 20'000 / buckets + 16);
  }
}

TEST(Index, I1_IsTwoThirdsFullAtAnySizeAndLosesNothingWhileItGrows) {
  Table table("64MiB");
  double least = 1, most = 0;
  std::uint64_t n = 0;
  for (; table.segment().pool.index_count() < 600; ++n) {
    ASSERT_TRUE(table.put(table.hash(n), n));
    if (table.segment().pool.index_count() < 80 || n % 64 != 0) continue;
    least = std::min(least, table.fill());
    most = std::max(most, table.fill());
  }
  RecordProperty("least", std::to_string(least));
  RecordProperty("most", std::to_string(most));
  EXPECT_GT(least, 0.60);
  EXPECT_LT(most, 0.75) << "the pages do not split in step";
  for (std::uint64_t i = 0; i < n; ++i) ASSERT_TRUE(table.has(i)) << i;
}

TEST(Index, StaysThreeFifthsFullWhileEntriesComeAndGo) {
  Table table("16MiB");
  std::mt19937 random(1);
  std::vector<std::uint64_t> there;
  std::uint64_t n = 0;
  for (; n < 100'000; ++n) {
    ASSERT_TRUE(table.put(table.hash(n), n));
    there.push_back(n);
  }
  for (; n < 600'000; ++n) {
    std::uint64_t& leaves = there[random() % there.size()];
    table.take(leaves);
    leaves = n;
    ASSERT_TRUE(table.put(table.hash(n), n));
  }
  RecordProperty("fill", std::to_string(table.fill()));
  EXPECT_GT(table.fill(), 0.60);
  for (const std::uint64_t i : there) ASSERT_TRUE(table.has(i)) << i;
}

TEST(Index, I1_TakesAThirdOfAllBlocksAtMostAndThenEvicts) {
  Table table("1MiB");
  std::uint64_t n = 0;
  while (table.put(table.hash(n), n)) ++n;
  const Geometry& g = table.segment().geometry;
  EXPECT_EQ(table.segment().pool.index_count(), g.most_index_blocks());
  for (std::uint64_t more = n + 1; more < 2 * n; ++more) {
    table.put(table.hash(more), more);
    ASSERT_TRUE(table.has(more));
  }
  EXPECT_EQ(table.segment().pool.index_count(), g.most_index_blocks());
  EXPECT_GT(table.fill(), 0.90) << "no page left to take: all of them fill up";
}

TEST(Ghosts, TellTheirQueueAndTheirAgeUntilTheyAreForgotten) {
  Table table("1MiB");
  Index& index = table.index();
  Admission& admission = table.segment().admission;
  const std::uint64_t log_bytes = table.segment().geometry.log_bytes();
  const KeyHash key = table.hash(1);
  for (const Queue from : {Queue::small, Queue::main}) {
    ASSERT_TRUE(table.put(key, 1));
    EXPECT_FALSE(index.find_ghost(key));
    index.bury(*index.slot_of(key, Table::offset_of(1)), from);
    EXPECT_FALSE(table.has(1));
    admission.cleaned(from == Queue::small ? Queue::main : Queue::small, 3 * log_bytes);
    const std::uint64_t remembered = from == Queue::small ? log_bytes : 2 * log_bytes;
    for (std::uint64_t age = 0; age < remembered; age += log_bytes / 8) {
      const auto ghost = index.find_ghost(key);
      ASSERT_TRUE(ghost) << "only its own queue's time counts: " << age;
      EXPECT_EQ(ghost->from, from);
      EXPECT_LE(admission.age(*ghost), age + log_bytes / 1000);
      EXPECT_GE(admission.age(*ghost) + log_bytes / 1000, age);
      admission.cleaned(from, log_bytes / 8);
    }
    admission.cleaned(from, log_bytes / 8);
    EXPECT_FALSE(index.find_ghost(key));
  }
  ASSERT_TRUE(table.put(key, 2));
  index.bury(*index.slot_of(key, Table::offset_of(2)), Queue::small);
  ASSERT_TRUE(index.find_ghost(key));
  ASSERT_TRUE(table.put(key, 3));
  EXPECT_FALSE(index.find_ghost(key)) << "a key that comes back takes its ghost's place";
}

TEST(Ghosts, GiveWayOldestFirstBeforeAnyEntryMovesOrLeaves) {
  Table table("1MiB");
  Index& index = table.index();
  const KeyHash key = table.hash(1);
  const std::uint32_t kNoGrowth = table.segment().geometry.blocks;  // keeps all of them free
  // Sixteen keys of the same two buckets, told apart by their position.
  const auto colliding = [&](std::uint32_t i) {
    KeyHash k = key;
    k.position ^= (i + 1) << 6 & 0xFFF;
    return k;
  };
  Index::Places places = index.places(key);
  for (std::uint32_t i = 0; i < Index::kCandidates; ++i) {
    places[i].store(Slot::make(colliding(i).position, Table::offset_of(i), 0).word);
  }
  std::vector<std::uint32_t> order(Index::kCandidates);
  for (std::uint32_t i = 0; i < Index::kCandidates; ++i) order[i] = (i * 7 + 3) % Index::kCandidates;
  for (const std::uint32_t i : order) {
    index.bury(places[i], Queue::small);
    table.segment().admission.cleaned(Queue::small, table.segment().geometry.log_bytes() / 100);
  }
  EXPECT_EQ(index.room_for(colliding(order[5]), kNoGrowth).slot, &places[order[5]]) << "its own ghost first";
  places[order[9]].store(0);
  EXPECT_EQ(index.room_for(key, kNoGrowth).slot, &places[order[9]]) << "then what is empty";
  places[order[9]].store(Slot::make(colliding(0).position, Table::offset_of(99), 0).word);
  for (const std::uint32_t i : order) {
    if (i == order[9]) continue;
    const Index::Room room = index.room_for(key, kNoGrowth);
    ASSERT_EQ(room.slot, &places[i]);
    room.slot->store(Slot::make(colliding(i).position, Table::offset_of(50 + i), 0).word);
  }
  EXPECT_EQ(table.segment().pool.index_count(), 1U);
}

TEST(Ghosts, AreAsGoodAsEmptyWhenTheyAreTooOld) {
  Table table("1MiB");
  Index& index = table.index();
  const KeyHash key = table.hash(1);
  Index::Places places = index.places(key);
  const std::uint32_t stranger = key.position ^ 1;
  // First bucket: one old ghost, seven entries. Second bucket: two young ghosts, six entries.
  for (std::uint32_t i = 0; i < Index::kCandidates; ++i) {
    places[i].store(Slot::make(stranger, Table::offset_of(i), 0).word);
  }
  index.bury(places[4], Queue::small);
  const auto pass_half_the_log = [&] {
    table.segment().admission.cleaned(Queue::small, table.segment().geometry.log_bytes() / 100 * 51);
  };
  pass_half_the_log();
  index.bury(places[9], Queue::small);
  index.bury(places[10], Queue::small);
  pass_half_the_log();
  EXPECT_EQ(index.room_for(key, 0).slot, &places[4]);
  pass_half_the_log();
  EXPECT_EQ(index.room_for(key, 0).slot, &places[4]) << "all three are free: the first bucket";
  places[4].store(Slot::make(stranger, Table::offset_of(4), 0).word);
  EXPECT_EQ(index.room_for(key, 0).slot, &places[9]) << "only the second bucket has any";
}

}  // namespace
}  // namespace freshet::segment
