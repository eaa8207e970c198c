#include "segment/geometry.h"

#include "segment/layout.h"

#include <gtest/gtest.h>
#include <random>
#include <utility>
#include <vector>

namespace freshet::segment {
namespace {

std::vector<std::uint64_t> sizes() {
  std::vector<std::uint64_t> all;
  for (std::uint64_t size = kMinSizeBytes; size <= kMaxSizeBytes; size *= 2) {
    for (const std::int64_t off : {-4097, -4096, -1, 0, 1, 4095, 4096, 123'456}) {
      const std::uint64_t odd = size + static_cast<std::uint64_t>(off);
      if (odd >= kMinSizeBytes && odd <= kMaxSizeBytes) all.push_back(odd);
    }
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t top = kMinSizeBytes << (random() % 20);
    all.push_back(top + random() % top);
  }
  return all;
}

TEST(Geometry, I1_PartsLieInsideTheSizeAndDoNotOverlap) {
  for (const std::uint64_t size : sizes()) {
    const Geometry g = Geometry::of(size);
    ASSERT_LE(g.size_bytes, size);
    ASSERT_GT(g.size_bytes + 4096, size);
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> parts = {
        {0, kSuperblockBytes},
        {g.shards_at, sizeof(Pool) + g.shards * sizeof(Shard)},
        {g.processes_at, g.processes * g.process_stride()},
        {g.tags_at, g.tag_slots * sizeof(std::uint64_t)},
        {g.leases_at, std::uint64_t{g.shards} * g.leases_per_shard * sizeof(LeaseEntry)},
        {g.counters_at, g.counter_stripes * sizeof(CounterStripe)},
        {g.misses_at, g.remembered_misses * sizeof(RememberedMiss)},
        {g.index_at, std::uint64_t{g.shards} * g.buckets_per_shard * sizeof(Bucket)},
        {g.ghosts_at, std::uint64_t{g.shards} * g.ghosts_per_shard * sizeof(GhostBucket)},
        {g.descriptors_at, g.blocks * sizeof(BlockDescriptor)},
        {g.log_at, g.log_bytes()}};
    std::uint64_t end = 0;
    for (const auto& [at, bytes] : parts) {
      ASSERT_GE(at, end) << size;
      ASSERT_EQ(at % 64, 0U) << size;
      end = at + bytes;
    }
    ASSERT_LE(end, g.size_bytes) << size;
    ASSERT_GE(end + 2 * g.block_bytes + 4096, g.size_bytes) << "little is wasted: " << size;
  }
}

TEST(Geometry, MostOfTheSizeIsLogAndAQuarterFitsInOneValue) {
  for (const std::uint64_t size : sizes()) {
    const Geometry g = Geometry::of(size);
    ASSERT_GT(g.log_bytes(), size * 3 / 4) << size;
    ASSERT_GT(g.log_bytes(), 2 * g.max_value_bytes()) << size;
    ASSERT_LT(g.log_bytes() / 8 + 1, Slot::kOffsetMask) << "a slot can name every place: " << size;
  }
}

// docs/guides: stampedes.md (loads), sharing-between-processes.md (all of it), typed-values.md (pins).
TEST(Geometry, HoldsTheFiguresOfTheGuides) {
  constexpr std::uint64_t kMiB = 1 << 20;
  struct Row {
    std::uint64_t size, loads, processes, pins, value_bytes;
    double log_percent;
  };
  const Row table[] = {{1 * kMiB, 64, 32, 16, kMiB / 4, 86},
                       {8 * kMiB - 4096, 64, 64, 64, 2 * kMiB - 1024, 89},
                       {8 * kMiB, 128, 128, 128, 2 * kMiB, 87},
                       {16 * kMiB, 128, 256, 256, 4 * kMiB, 86},
                       {64 * kMiB, 256, 256, 256, 16 * kMiB, 89},
                       {256 * kMiB, 1024, 256, 256, 64 * kMiB, 90},
                       {1024 * kMiB, 4096, 256, 256, 256 * kMiB, 91},
                       {2048 * kMiB, 8192, 256, 256, 512 * kMiB, 92},
                       {16384 * kMiB, 8192, 256, 256, 4096 * kMiB, 92},
                       {65536 * kMiB, 8192, 256, 256, 16384 * kMiB, 92}};
  for (const Row& row : table) {
    const Geometry g = Geometry::of(row.size);
    EXPECT_EQ(std::uint64_t{g.shards} * g.leases_per_shard, row.loads) << row.size;
    EXPECT_EQ(g.processes, row.processes) << row.size;
    EXPECT_EQ(g.pins_per_process, row.pins) << row.size;
    EXPECT_EQ(g.max_value_bytes(), row.value_bytes) << row.size;
    EXPECT_NEAR(100.0 * static_cast<double>(g.log_bytes()) / static_cast<double>(g.size_bytes), row.log_percent, 0.5)
        << row.size;
  }
}

TEST(Geometry, IsTheSameForEveryOpener) {
  for (const std::uint64_t size : sizes()) {
    const Geometry g = Geometry::of(size);
    ASSERT_EQ(g, Geometry::of(size));
    ASSERT_EQ(g, Geometry::of(g.size_bytes)) << "also from the size that the file has";
  }
}

TEST(Slot, GivesBackWhatItWasMadeOf) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto fingerprint = static_cast<std::uint16_t>(random());
    const std::uint64_t offset = random() % kMaxSizeBytes / 8 * 8;
    const auto hits = static_cast<std::uint32_t>(random() % 4);
    const Slot slot = Slot::make(fingerprint, offset, hits);
    ASSERT_FALSE(slot.empty());
    ASSERT_EQ(slot.fingerprint(), fingerprint);
    ASSERT_EQ(slot.log_offset(), offset);
    ASSERT_EQ(slot.hits(), hits);
    ASSERT_EQ(slot.with_hits(3).with_hits(hits).word, slot.word);
  }
}

}  // namespace
}  // namespace freshet::segment
