#include <freshet/cache.h>
#include <freshet/testing.h>

#include <atomic>
#include <gtest/gtest.h>
#include <latch>
#include <thread>

namespace freshet {
namespace {

using namespace std::chrono_literals;

TEST(Events, TellWhatHappenedInOrder) {
  const Cache cache = open(testing::in_process_store()).namespaced("ns").versioned("v");
  std::vector<std::string> seen;
  const Subscription subscription = cache.on_event([&](const Event& event) {
    EXPECT_EQ(event.kind, kind(event.reason));
    seen.push_back(std::string(name(event.reason)) + ' ' + std::string(event.scope) + ' ' + std::string(event.key));
  });
  cache.get_or_load("k", [] { return 1; });
  cache.get<int>("k");
  cache.erase("k");
  cache.invalidate_tag("t");
  EXPECT_EQ(seen, (std::vector<std::string>{"loaded ns@v k", "stored ns@v k", "miss_absent ns@v k", "hit ns@v k",
                                            "erased ns@v k", "invalidated  t"}));
}

TEST(Events, TellOfEvictions) {
  testing::InProcessOptions small;
  small.entries = 1;
  const Cache cache = open(testing::in_process_store(small));
  std::vector<std::string> evicted;
  const Subscription subscription = cache.on_event([&](const Event& event) {
    if (event.reason == Reason::evicted_unused) evicted.emplace_back(event.key);
  });
  cache.set("a", 1);
  cache.set("b", 1);
  EXPECT_EQ(evicted, std::vector<std::string>{"a"});
}

TEST(Events, AListenerThatThrowsIsCountedAndDropped) {
  CacheOptions options;
  options.on_event = [](const Event&) { throw std::runtime_error("bad listener"); };
  const Cache cache = open(testing::in_process_store(), options);
  EXPECT_EQ(cache.set("k", 1), Reason::stored);
  EXPECT_EQ(cache.stats()[Reason::listener_threw], 1u);
}

TEST(Events, EndWithTheSubscriptionAlsoFromWithin) {
  const Cache cache = open(testing::in_process_store());
  int calls = 0;
  Subscription subscription;
  subscription = cache.on_event([&](const Event&) {
    ++calls;
    subscription.cancel();
  });
  cache.set("k", 1);
  cache.set("k", 1);
  EXPECT_EQ(calls, 1);
  std::vector<Subscription> all;
  for (std::size_t i = 0; i < kMaxListeners; ++i) all.push_back(cache.on_event([](const Event&) {}));
  EXPECT_THROW(static_cast<void>(cache.on_event([](const Event&) {})), ConfigError);
}

TEST(Events, CancelWaitsForTheCallUnderWay) {
  const Cache cache = open(testing::in_process_store());
  std::latch inside(1);
  std::latch leave(1);
  std::atomic<bool> finished{false};
  Subscription subscription = cache.on_event([&](const Event&) {
    inside.count_down();
    leave.wait();
    finished = true;
  });
  std::thread caller([&] { cache.set("k", 1); });
  inside.wait();
  std::thread canceller([&] {
    subscription.cancel();
    EXPECT_TRUE(finished);
  });
  leave.count_down();
  caller.join();
  canceller.join();
}

TEST(Events, ASubscriptionMayOutliveItsCache) {
  Subscription subscription;
  {
    const Cache cache = open(testing::in_process_store());
    subscription = cache.on_event([](const Event&) {});
  }
  subscription.cancel();
}

}  // namespace
}  // namespace freshet
