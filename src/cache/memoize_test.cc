// Functions that remember their results: keys, arguments that are owned, invalidation.
#include <freshet/cache.h>
#include <freshet/memoize.h>
#include <freshet/testing.h>

#include <gtest/gtest.h>
#include <limits>
#include <map>

namespace freshet {
namespace {

using namespace std::chrono_literals;

class MemoizeTest : public ::testing::Test {
 protected:
  MemoizeTest() : cache(open(store, options())) {}

  CacheOptions options() {
    CacheOptions made;
    made.clock = clock;
    made.executor = executor;
    return made;
  }

  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  std::shared_ptr<testing::ManualExecutor> executor = std::make_shared<testing::ManualExecutor>();
  std::shared_ptr<testing::ChaosStore> store = testing::chaos_store(testing::in_process_store());
  Cache cache;
};

TEST_F(MemoizeTest, MemoizeRemembersByArguments) {
  int calls = 0;
  const auto price = cache.memoize("price", [&calls](int product, const std::string& currency) {
    ++calls;
    return std::to_string(product) + currency;
  });
  EXPECT_EQ(price(42, "EUR"), "42EUR");
  EXPECT_EQ(price(42, "EUR"), "42EUR");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(price(1, "23"), "123");
  EXPECT_EQ(price(12, "3"), "123");
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(price.result(12, "3").reason(), Reason::hit);
  EXPECT_EQ(price.invalidate(42, "EUR"), Reason::erased);
  price(42, "EUR");
  EXPECT_EQ(calls, 4);
  price.invalidate_all();
  price(1, "23");
  EXPECT_EQ(calls, 5);
  price.uncached(1, "23");
  EXPECT_EQ(calls, 6);
}

TEST_F(MemoizeTest, MemoizeCopiesItsArgumentsForTheBackground) {
  const auto shout = cache.memoize("shout", [](const std::string& text) { return text + "!"; },
                                   {.ttl = 10s, .stale_while_revalidate = 60s});
  shout(std::string("hello"));
  clock->advance(11s);
  shout(std::string("hello"));
  executor->run_all();
  EXPECT_EQ(shout.result("hello").reason(), Reason::hit);
}

TEST_F(MemoizeTest, MemoizeOwnsTheTextThatArgumentsReferTo) {
  const auto shout = cache.memoize("shout", [](std::string_view text) { return std::string(text) + "!"; },
                                   {.ttl = 10s, .stale_while_revalidate = 60s});
  std::string text = "teapot";
  shout(std::string_view(text));
  clock->advance(11s);
  shout(std::string_view(text));
  text = "SAUCER";  // before the background load runs
  executor->run_all();
  EXPECT_EQ(shout("teapot"), "teapot!");
}

}  // namespace
}  // namespace freshet
