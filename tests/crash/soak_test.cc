// Processes that work on one segment while a supervisor kills them at random: I1, I2, I4 and I7 all at once.
#include "tests/crash/child.h"
#include "tests/crash/witness.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <vector>

namespace freshet::witness {
namespace {

constexpr int kWorkers = 4;
constexpr int kThreadsEach = 2;
constexpr int kKills = 300;
constexpr unsigned kKeys = 400;

struct Worker {
  std::atomic<std::uint64_t> heartbeat[kThreadsEach];
  std::atomic<int> holds[kThreadsEach];  ///< number of the key whose lease it holds; -1 for none
};

struct Page {
  Worker worker[kWorkers];
  std::atomic<int> torn{0};
  std::atomic<int> refused{0};
  std::atomic<std::uint64_t> hits{0};
};

std::string key_of(unsigned n) { return "key " + std::to_string(n); }

std::size_t some_bytes(Dice& random) {
  const unsigned dice = random() % 1000;
  if (dice < 700) return random() % 300;
  if (dice < 980) return random() % 10'000;  // straddles
  if (dice < 997) return random() % 70'000;
  return 70'000 + random() % 400'000;  // filled outside the lock
}

void work(SegmentStore& store, Page& page, int number, int thread, unsigned seed) {
  Dice random(seed);
  Worker& me = page.worker[number];
  std::string value;
  std::vector<std::unique_ptr<PinnedValue>> pins;
  const std::vector<std::string> tags = {"t" + std::to_string(random() % 50)};
  const auto look = [&](const std::string& key, std::string_view bytes) {
    ++page.hits;
    if (!is_whole(key, bytes)) ++page.torn;
  };
  while (true) {
    const unsigned n = random() % kKeys;
    const std::string key = key_of(n);
    const unsigned dice = random() % 100;
    if (dice < 3) {
      // So many small ones that the index grows.
      for (int i = 0; i < 16; ++i) {
        const std::string small = "small " + std::to_string(random() % 30'000);
        if (store.get(small, kNow, value).found) look(small, value);
        if (store.put(request(small, checkable(small, 0, random()))) != Reason::stored) ++page.refused;
      }
    } else if (dice < 55) {
      if (store.get(key, kNow, value).found) look(key, value);
    } else if (dice < 75) {
      const std::string put = checkable(key, some_bytes(random), random());
      auto r = request(key, put);
      if (random() % 2 == 0) r.tags = tags;
      const Reason reason = store.put(r);
      if (reason != Reason::stored) ++page.refused;
    } else if (dice < 85) {
      const Acquire a = store.acquire(key, 1h);
      if (a.status == Acquire::Status::granted) {
        me.holds[thread] = static_cast<int>(n);
        const std::string put = checkable(key, some_bytes(random), random());
        auto r = request(key, put);
        r.lease = a.lease;
        r.tags = tags;
        store.put(r);
        me.holds[thread] = -1;
      } else {
        store.wait(key, a.lease, 10ms);
      }
    } else if (dice < 90) {
      store.erase(key);
    } else if (dice < 93) {
      store.retime(key, kNow, {add(kNow, 10min), add(kNow, 2h)});
    } else if (dice < 98) {
      Fetch fetch;
      if (auto pin = store.pin(key, kNow, fetch)) {
        look(key, joined(*pin));
        pins.push_back(std::move(pin));
        if (pins.size() > 3) pins.erase(pins.begin());
      }
    } else {
      store.invalidate_tag("t" + std::to_string(random() % 50));
      if (random() % 50 == 0) store.clear();
    }
    ++me.heartbeat[thread];
  }
}

class Soak : public ::testing::Test {
 protected:
  void SetUp() override {
    // Not on a disk: what its file system makes a page fault wait for is no fault of ours, and not within a second.
    url_ = "shared:soak-" + std::to_string(getpid()) + "?size=6MiB";
    path_ = segment::parse_placement(url_).path;
    std::filesystem::remove(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Child start(int number, unsigned seed) {
    for (int t = 0; t < kThreadsEach; ++t) page_->worker[number].holds[t] = -1;
    return Child([=, this] {
      Opened store(url_);
      std::vector<std::thread> threads;
      for (int t = 1; t < kThreadsEach; ++t) {
        threads.emplace_back([&, t] { work(*store.store, *page_, number, t, seed * 31 + static_cast<unsigned>(t)); });
      }
      work(*store.store, *page_, number, 0, seed);
      return 0;
    });
  }
  std::uint64_t heartbeat(int number, int thread) const { return page_->worker[number].heartbeat[thread]; }

  std::string url_, path_;
  SharedPage<Page> page_;
};

TEST_F(Soak, I2_I7_KilledProcessesTearNothingAndHoldNobodyUp) {
  Opened store(url_);
  struct stat at_first {};
  ASSERT_EQ(stat(path_.c_str(), &at_first), 0);
  Dice random(7);
  std::vector<Child> workers;
  for (int w = 0; w < kWorkers; ++w) workers.push_back(start(w, random()));

  std::int64_t longest_us = 0;
  for (int kills = 0; kills < kKills; ++kills) {
    const int victim = static_cast<int>(random() % kWorkers);
    const std::uint64_t moment = heartbeat(victim, 0) + random() % 400;
    ASSERT_TRUE(await([&] { return heartbeat(victim, 0) >= moment; })) << "worker " << victim << " is stuck";
    workers[static_cast<std::size_t>(victim)].kill();

    // Every survivor goes on, each of its threads, within a second.
    const auto killed_at = std::chrono::steady_clock::now();
    std::array<std::uint64_t, kWorkers * kThreadsEach> before{};
    for (int i = 0; i < kWorkers * kThreadsEach; ++i) {
      before[static_cast<std::size_t>(i)] = heartbeat(i / kThreadsEach, i % kThreadsEach);
    }
    for (int i = 0; i < kWorkers * kThreadsEach; ++i) {
      if (i / kThreadsEach == victim) continue;
      ASSERT_TRUE(await(
          [&] { return heartbeat(i / kThreadsEach, i % kThreadsEach) > before[static_cast<std::size_t>(i)]; }, 30s))
          << "worker " << i / kThreadsEach << " is stuck after kill " << kills;
    }
    longest_us = std::max<std::int64_t>(
        longest_us, std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - killed_at).count());

    // I4: what it was loading can be loaded by somebody else. Others may have taken it over already.
    for (auto& held : page_->worker[victim].holds) {
      if (held < 0) continue;
      const std::string key = key_of(static_cast<unsigned>(held.load()));
      EXPECT_TRUE(await(
          [&] {
            const Acquire a = store->acquire(key, 1h);
            if (a.status != Acquire::Status::granted) return false;
            store->release(key, a.lease, LoadEnd::not_stored, {});
            return true;
          },
          1s))
          << key;
    }
    ASSERT_EQ(page_->torn, 0) << "after kill " << kills;
    if (kills % 10 == 0) {
      const Stats stats = store->stats();
      EXPECT_LE(stats.bytes_used + stats.bytes_index, stats.bytes_capacity);
      EXPECT_LE(stats.processes, static_cast<std::uint64_t>(kWorkers) + 1);
    }
    workers[static_cast<std::size_t>(victim)] = start(victim, random());
  }
  // On a machine that is busy with much else, a thread may not come to a processor for a second, locks or not.
  double load[1] = {0};
  const bool busy = getloadavg(load, 1) != 1 || load[0] > 6.0 * std::thread::hardware_concurrency();
  if (!busy) {
    EXPECT_LT(longest_us, 1'000'000);
  }
  for (Child& worker : workers) worker.kill();

  EXPECT_GT(page_->hits, 10'000U);
  EXPECT_EQ(page_->refused, 0) << "puts found no room";
  struct stat at_last {};
  ASSERT_EQ(stat(path_.c_str(), &at_last), 0);
  EXPECT_EQ(at_last.st_size, at_first.st_size);
  EXPECT_EQ(at_last.st_blocks, at_first.st_blocks);
  EXPECT_EQ(store->stats().processes, 1U);
  // Locks that the last of the dead held are mended by who takes them next.
  for (std::uint32_t s = 0; s < store.segment->geometry.shards; ++s) {
    const segment::Segment::ShardLock lock(*store.segment, static_cast<std::uint16_t>(s));
  }
  Blocks blocks;
  EXPECT_EQ(audit(*store.segment, &blocks), "");
  EXPECT_EQ(blocks.condemned, 0U);
  EXPECT_EQ(blocks.free + blocks.queued + blocks.in_hand + blocks.index, store.segment->geometry.blocks);
  RecordProperty("longest_us", static_cast<int>(longest_us));
  RecordProperty("lost_in_crash", static_cast<int>(store->stats()[Reason::lost_in_crash]));
}

}  // namespace
}  // namespace freshet::witness
