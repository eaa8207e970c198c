#include "segment/bucket_match.h"

#include <gtest/gtest.h>
#include <random>

namespace freshet::segment {
namespace {

std::uint32_t one_by_one(const Bucket& bucket, std::uint32_t position, bool ghost) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < kSlotsPerBucket; ++i) {
    const Slot slot{bucket.slot[i].load()};
    if (slot.position() == position && slot.is_ghost() == ghost) found |= 1U << i;
  }
  return found;
}

TEST(BucketMatch, FindsWhatLookingAtEverySlotFinds) {
  std::mt19937_64 random(20);
  constexpr std::uint32_t kLast = (1U << kPositionBits) - 1;
  // Few positions, so that several slots match; the extremes, and neighbours in the lowest and the highest bit.
  const std::uint32_t positions[] = {0, 1, 2, kLast, kLast - 1, kLast / 2, kLast / 2 + 1, 0x155555};
  std::uint32_t matches = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bucket bucket;
    for (auto& slot : bucket.slot) {
      const std::uint32_t position = positions[random() % std::size(positions)];
      const Slot entry = Slot::make(position, (random() >> 30) & ~std::uint64_t{3}, random() % 4);
      const bool empty = random() % 5 == 0;
      slot.store(empty               ? 0
                 : random() % 3 == 0 ? entry.ghost({Queue::main, static_cast<std::uint32_t>(random())}).word
                                     : entry.word);
    }
    for (const std::uint32_t position : positions) {
      for (const bool ghost : {false, true}) {
        const std::uint32_t found = slots_at(bucket, position, ghost);
        ASSERT_EQ(found, one_by_one(bucket, position, ghost)) << position << (ghost ? " ghost" : " entry");
        matches += found != 0 ? 1U : 0U;
      }
    }
  }
  EXPECT_GT(matches, 100'000U) << "the buckets must hold what is looked for";
}

}  // namespace
}  // namespace freshet::segment
