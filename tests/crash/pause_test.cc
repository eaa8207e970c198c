// I7, point by point: a process is killed at every pause point of the engine, and whoever survives goes on as if
// nothing had been.
#include "platform/pause_point.h"
#include "tests/crash/child.h"
#include "tests/crash/pause_points.h"
#include "tests/crash/witness.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <regex>
#include <vector>

namespace freshet::witness {
namespace {

const char* armed_point = nullptr;
int armed_passages = 0;

void die_here(const char* point) {
  if (std::strcmp(point, armed_point) == 0 && --armed_passages == 0) raise(SIGKILL);
}

void arm(const std::string& point, int passages) {
  static std::string kept;
  kept = point;
  armed_point = kept.c_str();
  armed_passages = passages;
  platform::pause_hook.store(&die_here);
}

// So many small entries that the index grows, and nothing has to leave for them.
void grow(SegmentStore& store) {
  for (unsigned n = 0; n < 9000; ++n) {
    const std::string key = "g" + std::to_string(n);
    store.put(request(key, checkable(key, 0, n)));
  }
}

// A bit of everything that changes a segment, so that every pause point is passed again and again.
void work(SegmentStore& store, unsigned seed) {
  Dice random(seed);
  const std::vector<std::string> tags = {"tag a", "tag b"};
  std::vector<std::unique_ptr<PinnedValue>> pins;
  std::string value;
  for (unsigned i = 0; i < 20'000; ++i) {
    const std::string key = "child " + std::to_string(random() % 200);
    const unsigned dice = random() % 100;
    const std::size_t bytes = dice < 60 ? random() % 400 : dice < 97 ? random() % 9000 : 70'000 + random() % 100'000;
    const std::string put = checkable(key, bytes, i);
    auto r = request(key, put);
    if (random() % 2 == 0) r.tags = tags;
    switch (random() % 10) {
      case 0: {
        const Acquire a = store.acquire(key, 30s);
        if (a.status != Acquire::Status::granted) break;
        if (random() % 4 == 0) {
          store.release(key, a.lease, LoadEnd::failed, "no");
        } else {
          r.lease = a.lease;
          store.put(r);
        }
        break;
      }
      case 1:
        store.erase(key);
        break;
      case 2: {
        Fetch fetch;
        pins.push_back(store.pin(key, kNow, fetch));
        if (pins.size() > 6) pins.erase(pins.begin());
        break;
      }
      case 3:
        if (random() % 20 == 0) store.invalidate_tag("tag a");
        break;
      default:
        store.put(r);
        // Read twice: worth moving to the main queue.
        for (int n = 0; n < 2; ++n) store.get("child " + std::to_string(random() % 20), kNow, value);
    }
  }
}

struct Death {
  const char* point;
  int passage;
  bool while_growing;
};

class Killed : public ::testing::TestWithParam<Death> {
 protected:
  void SetUp() override {
    name_ = "killed-" + std::to_string(getpid());
    path_ = "/dev/shm/freshet." + name_;
    std::filesystem::remove(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string url() const { return "shared:" + name_ + "?size=1MiB"; }
  std::string name_, path_;
};

// Runs `call` and says how long it took.
template <class Call>
void within_a_second(const char* what, Call&& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s) << what;
}

TEST_P(Killed, I7_ASurvivorLosesNothingAndIsNotHeldUp) {
  const Death death = GetParam();
  Opened store(url());
  std::map<std::string, std::string> stored;
  for (int i = 0; i < 60; ++i) {
    const std::string key = "parent " + std::to_string(i);
    stored[key] = checkable(key, static_cast<std::size_t>(i) * 97, 1);
    ASSERT_EQ(store->put(request(key, stored[key])), Reason::stored);
  }
  Child child([&] {
    Opened own(url());
    own->acquire("held by the child", 1h);
    arm(death.point, death.passage);
    if (death.while_growing) grow(*own.store);
    work(*own.store, 1);
    return 3;
  });
  ASSERT_EQ(child.wait(), -SIGKILL) << "the child never came to " << death.point;

  std::string value;
  within_a_second("reading", [&] {
    const Stats stats = store->stats();
    const bool evicted = stats[Reason::evicted_unused] + stats[Reason::evicted_cold] + stats[Reason::evicted_large] +
                             stats[Reason::evicted_index_full] >
                         0;
    for (const auto& [key, expected] : stored) {
      const bool found = store->get(key, kNow, value).found;
      if (found) {
        EXPECT_EQ(value, expected) << key;
      } else {
        EXPECT_TRUE(evicted) << key << " is lost, and the child did not even write it";
      }
    }
    for (int i = 0; i < 200; ++i) {
      const std::string key = "child " + std::to_string(i);
      if (store->get(key, kNow, value).found) {
        EXPECT_TRUE(is_whole(key, value)) << key;
      }
    }
    if (death.while_growing) {
      EXPECT_FALSE(evicted);
      // All but the one that it was about to publish, from the first on.
      unsigned n = 0;
      while (store->get("g" + std::to_string(n), kNow, value).found) ++n;
      EXPECT_EQ(stats.entries, stored.size() + n);
      EXPECT_GT(n, 100U) << "no entry moves and no page splits before that";
    }
  });
  within_a_second("taking over a lease", [&] {
    const Acquire a = store->acquire("held by the child", 1h);
    EXPECT_EQ(a.status, Acquire::Status::granted);
    EXPECT_TRUE(a.lease.taken_over);
    store->release("held by the child", a.lease, LoadEnd::not_stored, {});
  });
  within_a_second("invalidating", [&] {
    store->invalidate_tag("tag b");
    store->erase("parent 0");
    EXPECT_FALSE(store->get("parent 0", kNow, value).found);
  });
  // Twice through the whole log, in small and in large.
  const std::uint64_t log_bytes = store.segment->geometry.log_bytes();
  unsigned n = 0;
  for (std::uint64_t written = 0; written < 2 * log_bytes; ++n) {
    const std::string key = "survivor " + std::to_string(n);
    const std::string put = checkable(key, n % 10 == 0 ? 100'000 : 2000, n);
    within_a_second("writing", [&] { ASSERT_EQ(store->put(request(key, put)), Reason::stored) << n; });
    ASSERT_TRUE(store->get(key, kNow, value).found) << n;
    ASSERT_EQ(value, put);
    written += put.size();
  }
  EXPECT_EQ(store->stats().processes, 1U);
  Blocks blocks;
  EXPECT_EQ(audit(*store.segment, &blocks), "");
  EXPECT_EQ(blocks.condemned, 0U) << "pins of the dead";
  EXPECT_EQ(blocks.free + blocks.queued + blocks.in_hand + blocks.index, store.segment->geometry.blocks);
}

std::vector<Death> deaths() {
  std::vector<Death> all;
  for (const int passage : {1, 2, 5, 23}) {
    for (const PausePoint& point : kPausePoints) {
      if (point.passed == Passed::on_creation) continue;  // see tests/attach
      all.push_back({point.name, passage, point.passed == Passed::on_growth});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(AtEveryPausePoint, Killed, ::testing::ValuesIn(deaths()), [](const auto& test) {
  std::string name = std::string(test.param.point) + "_" + std::to_string(test.param.passage);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(PausePoints, AreAllTried) {
  std::set<std::string> in_source;
  const std::regex call("pause_point\\(\"([^\"]+)\"\\)");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(FRESHET_SOURCE_DIR "/src")) {
    if (!entry.is_regular_file()) continue;
    const std::string folder = entry.path().parent_path().filename();
    if (folder != "segment" && folder != "store" && folder != "platform") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) in_source.insert((*at)[1]);
  }
  std::set<std::string> tried;
  for (const PausePoint& point : kPausePoints) tried.insert(point.name);
  EXPECT_EQ(in_source, tried);
}

}  // namespace
}  // namespace freshet::witness
