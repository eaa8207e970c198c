// I4: one load per key on the whole host, also when its owner is killed in the middle of it.
#include "platform/mapped_file.h"
#include "platform/pause_point.h"
#include "tests/crash/child.h"
#include "tests/crash/witness.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <vector>

namespace freshet::witness {
namespace {

constexpr int kProcesses = 4;
constexpr int kThreads = 16;
constexpr int kCallers = kProcesses * kThreads;

struct Scene {
  std::atomic<int> ready{0};
  std::atomic<int> asked{0};
  std::atomic<int> loads{0};
  std::atomic<int> served{0};
  std::atomic<int> wrong{0};
  std::atomic<int> first_owner{0};
  std::atomic<bool> first_owner_hangs{false};
  std::atomic<std::int64_t> second_load_at{0};
};

const std::string kKey = "cold";

// A caller as the cache does it: look, ask for the lease, look again, load; or wait and begin anew.
void call(SegmentStore& store, Scene& scene) {
  std::string value;
  bool counted = false;
  while (true) {
    if (store.get(kKey, kNow, value).found) break;
    const Acquire a = store.acquire(kKey, 60s);
    if (!counted) ++scene.asked;
    counted = true;
    if (a.status == Acquire::Status::busy) {
      store.wait(kKey, a.lease, 30s);
      continue;
    }
    if (a.status != Acquire::Status::granted) {
      ++scene.wrong;
      return;
    }
    // Between our look and our lease somebody else may have loaded and ended.
    if (store.get(kKey, kNow, value).found) {
      store.release(kKey, a.lease, LoadEnd::stored, {});
      break;
    }
    if (++scene.loads == 1) {
      scene.first_owner = getpid();
      while (scene.first_owner_hangs) pause();
      // Not before everybody has asked: a load that ends at once would prove nothing.
      await([&] { return scene.asked == kCallers; });
    } else {
      scene.second_load_at = platform::host_monotonic_us();
    }
    const std::string loaded = checkable(kKey, 3000, static_cast<std::uint32_t>(getpid()));
    auto fill = request(kKey, loaded);
    fill.lease = a.lease;
    scene.wrong += store.put(fill) == Reason::stored ? 0 : 1;
    value = loaded;
    break;
  }
  scene.wrong += is_whole(kKey, value) ? 0 : 1;
  ++scene.served;
}

std::vector<Child> callers(const std::string& url, Scene& scene) {
  std::vector<Child> children;
  for (int p = 0; p < kProcesses; ++p) {
    children.emplace_back([&] {
      Opened store(url);
      std::vector<std::thread> threads;
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
          ++scene.ready;
          await([&] { return scene.ready == kCallers; });
          call(*store.store, scene);
        });
      }
      for (auto& thread : threads) thread.join();
      return 0;
    });
  }
  return children;
}

class OneLoad : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(segment::parse_placement(url_).path); }
  const std::string url_ = "shared:load-" + std::to_string(getpid()) + "?size=1MiB";
  Opened store_{url_};
  SharedPage<Scene> scene_;
};

TEST_F(OneLoad, I4_SixtyFourCallersInFourProcessesLoadOnce) {
  auto children = callers(url_, *scene_);
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(scene_->loads, 1);
  EXPECT_EQ(scene_->served, kCallers);
  EXPECT_EQ(scene_->wrong, 0);
}

TEST_F(OneLoad, I4_AKilledOwnerIsReplacedByOneWaiterWithinASecond) {
  scene_->first_owner_hangs = true;
  auto children = callers(url_, *scene_);
  ASSERT_TRUE(await([&] { return scene_->asked == kCallers; }));
  ASSERT_TRUE(await([&] { return scene_->first_owner != 0; }));
  Child* owner = nullptr;
  for (Child& child : children) {
    if (child.pid() == scene_->first_owner) owner = &child;
  }
  ASSERT_NE(owner, nullptr);
  const std::int64_t killed_at = platform::host_monotonic_us();
  owner->kill();
  for (Child& child : children) {
    if (child.pid() > 0) {
      EXPECT_EQ(child.wait(), 0);
    }
  }
  EXPECT_EQ(scene_->loads, 2);
  EXPECT_LT(scene_->second_load_at - killed_at, 1'000'000);
  EXPECT_EQ(scene_->served, kCallers - kThreads);
  EXPECT_EQ(scene_->wrong, 0);
}

TEST_F(OneLoad, I4_ALeaseOfAStoreThatWasClosedIsNotInheritedByWhoGetsItsSlot) {
  {
    Opened careless(url_);
    ASSERT_EQ(careless->acquire(kKey, 1h).status, Acquire::Status::granted);
  }
  const Opened next(url_);  // gets the slot that was left
  EXPECT_EQ(store_->acquire(kKey, 1h).status, Acquire::Status::granted);
}

// Asks for a lease in another process, which is killed in the middle of the grant.
void die_while_granted(const std::string& url, const std::string& key) {
  Child child([&] {
    Opened own(url);
    platform::pause_hook.store([](const char* point) {
      if (std::strcmp(point, "leases.half_granted") == 0) raise(SIGKILL);
    });
    own->acquire(key, 1h);
    return 0;
  });
  ASSERT_EQ(child.wait(), -SIGKILL);
}

// Found by the model in src/segment/protocol (scenario two_keys_share_a_lease).
TEST_F(OneLoad, I3_ALateOwnerIsRefusedAlthoughTwoDiedWhileTheyPassedItsLeaseToAndFro) {
  const segment::Index& index = store_.segment->index;
  const auto shard = index.hash(kKey).shard;
  const std::uint32_t places = store_.segment->geometry.leases_per_shard;
  std::vector<std::string> crowd;  // keys of the same shard
  for (int i = 0; crowd.size() < places; ++i) {
    if (index.hash(std::to_string(i)).shard == shard) crowd.push_back(std::to_string(i));
  }
  // The shard's table is full of leases that are overdue at once, the first of them ours.
  const Acquire late = store_->acquire(kKey, 0us);
  ASSERT_EQ(late.status, Acquire::Status::granted);
  for (std::uint32_t i = 0; i + 1 < places; ++i) {
    ASSERT_EQ(store_->acquire(crowd[i], 0us).status, Acquire::Status::granted);
  }
  die_while_granted(url_, crowd[places - 1]);  // our entry is half another key's
  store_->erase(kKey);                         // and so nothing is found that could be superseded
  die_while_granted(url_, kKey);               // our entry is half our key's again
  const std::string read_before = checkable(kKey, 100, 1);
  auto fill = request(kKey, read_before);
  fill.lease = late.lease;
  EXPECT_EQ(store_->put(fill), Reason::refused_lease_lost);
  std::string value;
  EXPECT_FALSE(store_->get(kKey, kNow, value).found) << "read before the erase, served after it";
}

TEST_F(OneLoad, I7_AKilledProcessLeavesNoLoadUnderWay) {
  SharedPage<std::atomic<int>> granted;
  Child owner([&] {
    const Opened store(url_);
    for (const char* key : {"a", "b", "c"}) {
      *granted += store->acquire(key, 1us).status == Acquire::Status::granted ? 1 : 0;
      *granted += store->acquire(std::string(key) + " for long", 1h).status == Acquire::Status::granted ? 1 : 0;
    }
    while (true) pause();
    return 0;
  });
  ASSERT_TRUE(await([&] { return *granted == 6; }));
  EXPECT_EQ(store_->stats().loads_under_way, 3u) << "within their deadline";
  owner.kill();
  EXPECT_EQ(store_->stats().loads_under_way, 0u);
  // Nobody asks for these keys again. Even so they do not cost every later call a walk through the table.
  ASSERT_EQ(store_.segment->shards[0].loading.load(), 6u);
  ASSERT_EQ(store_->put(request("another", "value")), Reason::stored);
  EXPECT_EQ(store_.segment->shards[0].loading.load(), 3u) << "those past their deadline are forgotten";
  EXPECT_EQ(store_->acquire("a for long", 1h).status, Acquire::Status::granted);
}

}  // namespace
}  // namespace freshet::witness
