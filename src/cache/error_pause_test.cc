// error_ttl beside a stale value: a source that is down is not asked again at every call.
#include <freshet/cache.h>
#include <freshet/testing.h>

#include <gtest/gtest.h>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

namespace freshet {
namespace {

using namespace std::chrono_literals;

class ErrorPauseTest : public ::testing::TestWithParam<const char*> {
 protected:
  ErrorPauseTest() : cache(GetParam() == std::string("segment") ? segment() : in_process()) {
    cache.set("k", 1, options);
    clock->advance(11s);  // stale from here on
  }
  CacheOptions cache_options() {
    CacheOptions made;
    made.clock = clock;
    made.executor = executor;
    return made;
  }
  Cache segment() { return open("memory:?size=1MiB", cache_options()); }
  Cache in_process() { return open(testing::in_process_store(), cache_options()); }

  Result<int> ask() {
    return cache.get_or_load<int>(
        "k",
        [this]() -> int {
          ++loads;
          if (down) throw std::runtime_error("down");
          return 2;
        },
        options);
  }

  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  std::shared_ptr<testing::ManualExecutor> executor = std::make_shared<testing::ManualExecutor>();
  Options options{.ttl = 10s, .stale_if_error = 1h, .error_ttl = 5s};
  bool down = true;
  int loads = 0;
  Cache cache;
};

TEST_P(ErrorPauseTest, WithinItTheStaleValueIsServedWithoutALoad) {
  for (int i = 0; i < 10; ++i) {
    const Result<int> stale = ask();
    EXPECT_EQ(*stale, 1);
    EXPECT_EQ(stale.reason(), Reason::stale_on_error);
  }
  EXPECT_EQ(loads, 1);
  clock->advance(4999ms);
  ask();
  EXPECT_EQ(loads, 1);
  clock->advance(1ms);
  ask();
  EXPECT_EQ(loads, 2) << "one try after each pause";
  ask();
  EXPECT_EQ(loads, 2);
  EXPECT_EQ(cache.stats()[Reason::stale_on_error], 13u);
  EXPECT_EQ(cache.stats()[Reason::load_failed], 2u);
  EXPECT_EQ(cache.stats()[Reason::stored_error], 0u) << "the good value stays";
}

TEST_P(ErrorPauseTest, ASuccessOrAnExpireEndsIt) {
  ask();
  EXPECT_EQ(cache.set("k", 3, options), Reason::stored);
  EXPECT_EQ(*ask(), 3);
  clock->advance(1s);
  cache.expire("k");
  down = false;
  EXPECT_EQ(*ask(), 2) << "who makes it stale wants it loaded, within the pause too";
  EXPECT_EQ(loads, 2);
  clock->advance(11s);
  EXPECT_EQ(*ask(), 2);
  EXPECT_EQ(loads, 3) << "a failure before the last success counts for nothing";
}

TEST_P(ErrorPauseTest, AfterItOneCallerTriesAndTheOthersDoNotWaitForIt) {
  ask();
  clock->advance(5s);
  std::latch trying(1);
  std::latch let_go(1);
  std::thread tries([&] {
    const auto loaded = cache.get_or_load(
        "k",
        [&] {
          trying.count_down();
          let_go.wait();
          return 7;
        },
        options);
    EXPECT_EQ(*loaded, 7);
  });
  trying.wait();
  // This call would never return if it waited for that load.
  const Result<int> stale = ask();
  EXPECT_EQ(*stale, 1);
  EXPECT_EQ(stale.reason(), Reason::stale_on_error);
  EXPECT_EQ(loads, 1);
  let_go.count_down();
  tries.join();
  EXPECT_EQ(ask().reason(), Reason::hit);
}

TEST_P(ErrorPauseTest, NoRefreshIsStartedWithinIt) {
  options.stale_while_revalidate = 1h;
  cache.set("k", 1, options);
  clock->advance(11s);
  EXPECT_EQ(ask().reason(), Reason::stale_revalidating);
  executor->run_all();
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(ask().reason(), Reason::stale_on_error);
  EXPECT_EQ(executor->waiting(), 0u);
  clock->advance(5s);
  EXPECT_EQ(ask().reason(), Reason::stale_revalidating);
  EXPECT_EQ(executor->waiting(), 1u);
  executor->run_all();  // what waits keeps the cache, and the cache its executor
  EXPECT_EQ(loads, 2);
}

TEST_P(ErrorPauseTest, WithoutErrorTtlEveryCallTries) {
  options.error_ttl = 0s;
  ask();
  ask();
  EXPECT_EQ(loads, 2);
}

TEST_P(ErrorPauseTest, AFailingStoreOnlyForgetsIt) {
  const auto chaos = testing::chaos_store(cache.store());
  const Cache shaky = open(chaos, cache_options());
  EXPECT_EQ(*ask(), 1);
  EXPECT_EQ(shaky
                .get_or_load<int>(
                    "k", [] { return 5; }, options)
                .reason(),
            Reason::stale_on_error);
  chaos->set({.fail_gets = 1});
  EXPECT_EQ(*shaky.get_or_load<int>(
                "k", [] { return 5; }, options),
            5);
}

INSTANTIATE_TEST_SUITE_P(Stores, ErrorPauseTest, ::testing::Values("segment", "in_process"),
                         [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace freshet
