// Eviction against everybody else: cleaners that are stopped half way while others clean on, read, pin, retime or
// write.
#include "tests/crash/witness.h"
#include "tests/interleaving/stage.h"

#include <gtest/gtest.h>

namespace freshet::witness {
namespace {

constexpr std::size_t kStraddling = 3000;  // in blocks of 4 KiB nearly every second one runs on

// Long: keys that run on into the next block are the hard case, since who cleans the first block cannot read them
// alone.
std::string key_of(int i) { return "key " + std::to_string(i) + std::string(1500, 'k'); }

void fill(SegmentStore& store, int from, int to, std::size_t bytes = kStraddling) {
  for (int i = from; i < to; ++i) {
    const std::string put = checkable(key_of(i), bytes, 1);
    ASSERT_EQ(store.put(request(key_of(i), put)), Reason::stored) << i;
  }
}

void expect_whole(SegmentStore& store, int from, int to) {
  std::string value;
  for (int i = from; i < to; ++i) {
    if (store.get(key_of(i), kNow, value).found) {
      EXPECT_TRUE(is_whole(key_of(i), value)) << i;
    }
  }
}

TEST(Eviction, I2_ABlockCleanedBeforeTheOneItsRecordBeginsInLeavesNoTraceOfIt) {
  // Block after block: in each the record that runs on is cut elsewhere, in its value, its key, or just behind its
  // header.
  for (int passage = 1; passage <= 12; ++passage) {
    Opened store("memory:?size=1MiB");
    fill(*store.store, 0, 300);  // full
    Stage stage;
    // The actor has taken a block and sleeps; everything else is cleaned and written anew, several times.
    ASSERT_TRUE(stage.play({"eviction.taken", passage}, [&] { fill(*store.store, 1000, 1040); }));
    for (int round = 0; round < 3; ++round) {
      fill(*store.store, 2000, 2600, 100 + 777 * static_cast<std::size_t>(round));
      expect_whole(*store.store, 0, 300);
    }
    stage.release();
    stage.join();
    EXPECT_EQ(audit(*store.segment), "") << passage;
    fill(*store.store, 3000, 3400);
    expect_whole(*store.store, 0, 300);
    EXPECT_EQ(audit(*store.segment), "") << passage;
  }
}

TEST(Eviction, ALargeValueWhoseTailWasCleanedWhileItWasFilledIsNotPublished) {
  Opened store("memory:?size=1MiB");
  fill(*store.store, 0, 60);
  const std::string put = checkable("large", 200'000, 1);
  Stage stage;
  Reason reason{};
  ASSERT_TRUE(stage.play({"log.half_filled", 1}, [&] { reason = store->put(request("large", put)); }));
  // A cleaner takes one of its later blocks, and not the first: that is in other hands.
  segment::BlockPool& pool = store.segment->pool;
  std::uint32_t tail = segment::kNone;
  for (std::uint32_t b = 0; b < store.segment->geometry.blocks; ++b) {
    const bool full = pool[b].continues.load() != 0 && pool[b].live_bytes.load() == store.segment->geometry.block_bytes;
    if (full) tail = b;
  }
  ASSERT_NE(tail, segment::kNone);
  ASSERT_TRUE(pool.take(tail));
  pool.end_life(tail);
  pool.give_back(tail);
  stage.release();
  stage.join();
  EXPECT_EQ(reason, Reason::stored) << "at another place, then";
  std::string value;
  ASSERT_TRUE(store->get("large", kNow, value).found);
  EXPECT_EQ(value, put);
  EXPECT_EQ(audit(*store.segment), "");
}

TEST(Eviction, ReadersAtEveryStepOfACleaningSeeWholeValuesOrNone) {
  for (const char* point : {"eviction.taken", "eviction.moved", "eviction.cleaned", "pool.life_ended", "log.linked",
                            "log.half_filled", "store.publishing"}) {
    for (const int passage : {1, 5}) {
      Opened store("memory:?size=1MiB");
      fill(*store.store, 0, 300);
      for (int n = 0; n < 3; ++n) expect_whole(*store.store, 0, 300);  // worth moving
      Stage stage;
      ASSERT_TRUE(stage.play({point, passage}, [&] { fill(*store.store, 1000, 1400); })) << point;
      // Only what cannot need the lock that the actor may hold: keys that are not being moved right now.
      std::string value;
      std::vector<std::unique_ptr<PinnedValue>> pins;
      if (std::string_view(point) == "eviction.taken" || std::string_view(point) == "eviction.moved") {
        expect_whole(*store.store, 0, 300);
        Fetch fetch;
        for (int i = 0; i < 300; i += 25) pins.push_back(store->pin(key_of(i), kNow, fetch));
      }
      stage.release();
      stage.join();
      fill(*store.store, 2000, 3000);
      for (std::size_t p = 0; p < pins.size(); ++p) {
        if (pins[p]) {
          EXPECT_TRUE(is_whole(key_of(static_cast<int>(p) * 25), joined(*pins[p]))) << point;
        }
      }
      pins.clear();
      EXPECT_EQ(audit(*store.segment), "") << point << passage;
    }
  }
}

TEST(Eviction, AnEntryRetimedOrOverwrittenWhileItsBlockIsTakenStaysRight) {
  Opened store("memory:?size=1MiB");
  fill(*store.store, 0, 300);
  Stage stage;
  ASSERT_TRUE(stage.play({"eviction.taken", 1}, [&] { fill(*store.store, 1000, 1002); }));
  for (int i = 0; i < 60; ++i) {
    if (i % 3 == 0) store->retime(key_of(i), kNow, {add(kNow, 24h), std::nullopt});
    if (i % 3 == 1) store->erase(key_of(i));
    if (i % 3 == 2) store->put(request(key_of(i), checkable(key_of(i), 500, 9)));
  }
  stage.release();
  stage.join();
  expect_whole(*store.store, 0, 300);
  std::string value;
  for (int i = 1; i < 60; i += 3) EXPECT_FALSE(store->get(key_of(i), kNow, value).found) << "erased, and back again";
  EXPECT_EQ(audit(*store.segment), "");
}

int cleanings = 0;

// The most blocks that one small put has to clean when everything in a full segment was read lately.
int most_cleanings_of_a_put(const std::string& size) {
  Opened store("memory:?size=" + size);
  std::string value;
  const auto put_and_read = [&](std::uint64_t n) {
    const std::string key = std::to_string(n);
    EXPECT_EQ(store->put(request(key, std::string(900, 'v'))), Reason::stored);
    for (int hits = 0; hits < 3; ++hits) store->get(key, kNow, value);
  };
  const std::uint64_t entries = store.segment->geometry.log_bytes() / 900;
  for (std::uint64_t n = 0; n < 2 * entries; ++n) put_and_read(n);
  int most = 0;
  platform::pause_hook.store([](const char* point) { cleanings += std::strcmp(point, "eviction.taken") == 0 ? 1 : 0; });
  for (std::uint64_t n = 2 * entries; n < 2 * entries + 3000; ++n) {
    cleanings = 0;
    put_and_read(n);
    most = std::max(most, cleanings);
  }
  platform::pause_hook.store(nullptr);
  return most;
}

TEST(Eviction, I5_APutIntoAFullSegmentCleansAsLittleInALargeOneAsInASmallOne) {
  for (const char* size : {"1MiB", "8MiB", "64MiB"}) EXPECT_LE(most_cleanings_of_a_put(size), 32) << size;
}

TEST(Eviction, I2_ThreadsThatStraddlePinAndEvictNeverSeeAMixture) {
  Opened store("memory:?size=1MiB");
  std::atomic<int> torn{0};
  std::atomic<std::uint64_t> hits{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      Dice random(t);
      std::string value;
      std::vector<std::unique_ptr<PinnedValue>> pins;
      for (unsigned i = 0; i < 6000; ++i) {
        const std::string key = key_of(static_cast<int>(random() % 120));
        if (random() % 3 == 0) {
          const std::size_t bytes = random() % 50 == 0 ? 70'000 + random() % 60'000 : random() % 9000;
          store->put(request(key, checkable(key, bytes, random())));
        } else if (random() % 4 == 0) {
          Fetch fetch;
          if (auto pin = store->pin(key, kNow, fetch)) {
            ++hits;
            pins.push_back(std::move(pin));
            if (!is_whole(key, joined(*pins.back()))) ++torn;
            if (pins.size() > 2) pins.erase(pins.begin());
          }
        } else if (store->get(key, kNow, value).found) {
          ++hits;
          if (!is_whole(key, value)) ++torn;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GT(hits, 1000U);
  EXPECT_EQ(audit(*store.segment), "");
}

SegmentStore* eater_store = nullptr;
unsigned eater_meals = 0;

// Between the room that a put has made and what it takes of it, others take as much as a few blocks.
void eat_the_room(const char* point) {
  static bool eating = false;
  if (eating || std::strcmp(point, "store.room_made") != 0) return;
  eating = true;
  for (unsigned n = 0; n < 64; ++n) {
    const std::string key = "eaten " + std::to_string(eater_meals) + " " + std::to_string(n);
    eater_store->put(request(key, checkable(key, 3000, n)));
  }
  ++eater_meals;
  eating = false;
}

TEST(Eviction, ALargeValueIsStoredAlthoughOthersTakeOfTheRoomThatItMakesEachTime) {
  Opened store("memory:?size=8MiB");
  for (unsigned n = 0; n < 3000; ++n) {
    const std::string key = "there " + std::to_string(n);
    ASSERT_EQ(store->put(request(key, checkable(key, 3000, n))), Reason::stored);
  }
  eater_store = store.store.get();
  platform::pause_hook.store(&eat_the_room);
  const std::string large = checkable("large", 300'000, 1);
  const Reason reason = store->put(request("large", large));
  platform::pause_hook.store(nullptr);
  EXPECT_EQ(name(reason), name(Reason::stored));
  EXPECT_GE(eater_meals, 2U) << "nobody was in its way";
  std::string value;
  ASSERT_TRUE(store->get("large", kNow, value).found);
  EXPECT_EQ(value, large);
  EXPECT_EQ(audit(*store.segment), "");
}

}  // namespace
}  // namespace freshet::witness
