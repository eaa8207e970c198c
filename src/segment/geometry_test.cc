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
        {g.directories_at, (std::uint64_t{g.shards} << g.directory_bits) * sizeof(std::uint64_t)},
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

TEST(Geometry, NearlyAllOfTheSizeIsBlocksAndAQuarterFitsInOneValue) {
  for (const std::uint64_t size : sizes()) {
    const Geometry g = Geometry::of(size);
    ASSERT_GT(g.log_bytes(), size / 100 * (size < std::uint64_t{16} << 20 ? 92 : 96)) << size;
    const std::uint64_t pages_bytes = std::uint64_t{g.most_index_blocks()} * g.block_bytes;
    ASSERT_GT(g.log_bytes() - pages_bytes, 2 * g.max_value_bytes()) << size;
    ASSERT_LT(pages_bytes / g.block_bytes / g.shards, std::uint64_t{1} << (g.directory_bits - 1)) << size;
    ASSERT_LT(g.directory_bits, kPositionBits) << "a slot still tells keys of one page apart: " << size;
    ASSERT_LT(g.log_bytes() / kRecordAlignment + 1, Slot::kOffsetMask) << "a slot can name every place: " << size;
  }
}

// docs/guides: stampedes.md (loads), sharing-between-processes.md (all of it), typed-values.md (pins).
TEST(Geometry, HoldsTheFiguresOfTheGuides) {
  constexpr std::uint64_t kMiB = 1 << 20;
  struct Row {
    std::uint64_t size, loads, processes, pins, value_bytes;
    double log_percent;
  };
  const Row table[] = {{1 * kMiB, 64, 32, 16, kMiB / 4, 93},
                       {8 * kMiB - 4096, 64, 64, 16, 2 * kMiB - 1024, 96},
                       {8 * kMiB, 128, 128, 16, 2 * kMiB, 96.7},
                       {16 * kMiB, 128, 256, 16, 4 * kMiB, 97},
                       {64 * kMiB, 256, 256, 32, 16 * kMiB, 98},
                       {256 * kMiB, 1024, 256, 128, 64 * kMiB, 98.7},
                       {1024 * kMiB, 4096, 256, 256, 256 * kMiB, 98.8},
                       {2048 * kMiB, 8192, 256, 256, 512 * kMiB, 99.2},
                       {16384 * kMiB, 8192, 256, 256, 4096 * kMiB, 99.9},
                       {65536 * kMiB, 8192, 256, 256, 16384 * kMiB, 99.9}};
  for (const Row& row : table) {
    const Geometry g = Geometry::of(row.size);
    EXPECT_EQ(std::uint64_t{g.shards} * g.leases_per_shard, row.loads) << row.size;
    EXPECT_EQ(g.processes, row.processes) << row.size;
    EXPECT_EQ(g.pins_per_process, row.pins) << row.size;
    EXPECT_EQ(g.max_value_bytes(), row.value_bytes) << row.size;
    EXPECT_NEAR(100.0 * static_cast<double>(g.log_bytes()) / static_cast<double>(g.size_bytes), row.log_percent, 0.15)
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
    const auto position = static_cast<std::uint32_t>(random() % (1U << kPositionBits));
    const std::uint64_t offset = random() % kMaxSizeBytes / kRecordAlignment * kRecordAlignment;
    const auto hits = static_cast<std::uint32_t>(random() % 4);
    const Slot slot = Slot::make(position, offset, hits);
    ASSERT_TRUE(slot.is_entry() && slot.is_entry_at(position));
    ASSERT_FALSE(slot.empty() || slot.is_ghost() || slot.is_ghost_at(position) || slot.is_entry_at(position ^ 1));
    ASSERT_EQ(slot.position(), position);
    ASSERT_EQ(slot.log_offset(), offset);
    ASSERT_EQ(slot.hits(), hits);
    ASSERT_EQ(slot.with_hits(3).with_hits(hits).word, slot.word);
    const auto trial = static_cast<Trial>(random() % 4);
    const Slot tried = Slot::make(position, offset, hits, trial);
    ASSERT_EQ(tried.trial(), trial);
    ASSERT_EQ(tried.with_hits(3).trial(), trial);
    ASSERT_EQ(tried.moved_to(4000).word, Slot::make(position, 4000, hits, trial).word);
    const GhostMark mark{random() % 2 == 0 ? Queue::small : Queue::main, static_cast<std::uint32_t>(random())};
    const Slot ghost = tried.ghost(mark);
    ASSERT_TRUE(ghost.is_ghost() && ghost.is_ghost_at(position));
    ASSERT_FALSE(ghost.empty() || ghost.is_entry() || ghost.is_entry_at(position) || ghost.is_ghost_at(position ^ 1));
    ASSERT_EQ(ghost.position(), position);
    ASSERT_EQ(ghost.mark().from, mark.from);
    ASSERT_EQ(ghost.mark().stamp, mark.stamp);
  }
  ASSERT_FALSE(Slot{}.is_entry_at(0) || Slot{}.is_ghost_at(0));
}

}  // namespace
}  // namespace freshet::segment
