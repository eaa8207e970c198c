#include <freshet/cache.h>
#include <freshet/testing.h>

#include <atomic>
#include <gtest/gtest.h>
#include <latch>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

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

// Reason, scope, key.
using Told = std::tuple<Reason, std::string, std::string>;

TEST(Events, EachKindIsToldOnTheSegmentWithItsReasonAndKey) {
  const auto clock = std::make_shared<testing::ManualClock>();
  CacheOptions options;
  options.clock = clock;
  const Cache root = open("memory:?size=1MiB", options);
  const Cache cache = root.namespaced("ns");
  std::vector<Told> told;
  Duration took{};
  const Subscription subscription = cache.on_event([&](const Event& event) {
    EXPECT_EQ(event.kind, kind(event.reason));
    told.emplace_back(event.reason, event.scope, event.key);
    if (event.kind == ReasonKind::load) took = event.took;
  });
  const auto expect_told = [&](const std::vector<Told>& expected) {
    EXPECT_EQ(told, expected);
    told.clear();
  };
  const auto failing = [&]() -> int {
    clock->advance(3s);
    throw std::runtime_error("down");
  };
  const Options kept{.ttl = 10s, .stale_while_revalidate = 10s, .stale_if_error = 1min, .tags = {"t"}};
  const Options remembered{.error_ttl = 10s};

  cache.set("k", 1, kept);
  expect_told({{Reason::stored, "ns", "k"}});
  cache.get<int>("k");
  cache.get<int>("absent");
  expect_told({{Reason::hit, "ns", "k"}, {Reason::miss_absent, "ns", "absent"}});
  cache.expire("k");
  cache.get<int>("k");
  expect_told({{Reason::updated, "ns", "k"}, {Reason::miss_expired, "ns", "k"}});
  clock->advance(20s);
  EXPECT_EQ(*cache.get_or_load("k", failing, kept), 1);
  expect_told({{Reason::load_failed, "ns", "k"}, {Reason::stale_on_error, "ns", "k"}});
  EXPECT_EQ(took, 3s);
  EXPECT_THROW(cache.get_or_load("f", failing, remembered), std::runtime_error);
  EXPECT_THROW(cache.get_or_load("f", failing, remembered), LoadFailed);
  expect_told({{Reason::load_failed, "ns", "f"},
               {Reason::stored_error, "ns", "f"},
               {Reason::miss_absent, "ns", "f"},
               {Reason::miss_failed_lately, "ns", "f"}});
  cache.set("n", std::optional<int>());
  cache.set("n", 1, {.ttl = 0s});
  expect_told({{Reason::stored_negative, "ns", "n"}, {Reason::refused_zero_ttl, "ns", "n"}});
  cache.invalidate_tag("t");
  cache.get<int>("k");
  cache.clear();
  expect_told({{Reason::invalidated, "", "t"}, {Reason::miss_invalidated, "ns", "k"}, {Reason::invalidated, "ns", ""}});

  // What leaves by itself is told when its memory is needed.
  const Bytes filler{std::string(2000, 'x')};
  const Options brief{.ttl = 1s};
  for (int i = 0; i < 50; ++i) cache.set("brief " + std::to_string(i), filler, brief);
  for (int i = 0; i < 50; ++i) cache.set("tagged " + std::to_string(i), filler, {.ttl = 1h, .tags = {"u"}});
  cache.invalidate_tag("u");
  clock->advance(2s);
  const auto left = [&](Reason reason, const std::string& beginning) {
    std::size_t keys = 0;
    for (const auto& [why, scope, key] : told) keys += why == reason && scope == "ns" && key.starts_with(beginning);
    return keys;
  };
  // The main queue, into which the first went while there was room, comes round seldom as long as nothing of it is
  // read.
  for (int i = 0; i < 30'000 && left(Reason::evicted_invalidated, "tagged ") < 50; ++i) {
    cache.set("long " + std::to_string(i), filler, {.ttl = 1h});
  }
  EXPECT_EQ(left(Reason::evicted_expired, "brief "), 50u);
  EXPECT_EQ(left(Reason::evicted_invalidated, "tagged "), 50u);
  EXPECT_GT(left(Reason::evicted_unused, "long "), 0u);
  EXPECT_EQ(left(Reason::evicted_unused, "long "), cache.stats()[Reason::evicted_unused]) << "each is told once";
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
