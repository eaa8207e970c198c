// One contract, every store: the segment, and the stores of the testing kit.
#include "store_contract.h"

#include "store/open.h"

#include <freshet/testing.h>

#include <algorithm>

namespace freshet {
namespace {

constexpr std::size_t kMaxValueBytes = 1024 * 1024;

std::shared_ptr<Store> in_process() {
  testing::InProcessOptions options;
  options.max_value_bytes = kMaxValueBytes;
  return testing::in_process_store(options);
}

std::shared_ptr<Store> in_segment() { return open_store("memory:?size=4MiB"); }

INSTANTIATE_TEST_SUITE_P(Segment, StoreContract,
                         ::testing::Values(StoreUnderTest{"segment", in_segment, kMaxValueBytes + 1}),
                         [](const auto& suite) { return suite.param.name; });
INSTANTIATE_TEST_SUITE_P(Kit, StoreContract,
                         ::testing::Values(StoreUnderTest{"in_process", in_process, kMaxValueBytes + 1},
                                           StoreUnderTest{"chaos_at_rest",
                                                          [] { return testing::chaos_store(in_process()); },
                                                          kMaxValueBytes + 1}),
                         [](const auto& suite) { return suite.param.name; });

TEST(InProcessStore, EvictsTheOldestAndTellsItsListener) {
  testing::InProcessOptions options;
  options.entries = 2;
  const auto store = testing::in_process_store(options);
  std::vector<std::pair<std::string, Reason>> removed;
  store->on_removal([&](std::string_view key, Reason reason) { removed.emplace_back(key, reason); });
  PutRequest put;
  put.meta.fresh_until = put.meta.keep_until = kNever;
  for (const char* key : {"a", "b", "c"}) {
    put.key = key;
    ASSERT_EQ(store->put(put), Reason::stored);
  }
  EXPECT_EQ(removed, (std::vector<std::pair<std::string, Reason>>{{"a", Reason::evicted_unused}}));
  std::string value;
  EXPECT_EQ(store->get("a", Instant{}, value).reason, Reason::miss_evicted);
}

TEST(NullStore, KeepsNothingAndSaysSo) {
  const auto store = testing::null_store();
  PutRequest put;
  put.key = "k";
  EXPECT_EQ(store->put(put), Reason::refused_null_store);
  std::string value;
  EXPECT_EQ(store->get("k", Instant{}, value).reason, Reason::miss_null_store);
  EXPECT_EQ(store->acquire("k", kForever).status, Acquire::Status::unavailable);
}

TEST(ChaosStore, FailsAsOftenAsToldAndTheSameForTheSameSeed) {
  testing::ChaosOptions options;
  options.fail_gets = 0.5;
  const auto pattern = [&] {
    const auto store = testing::chaos_store(testing::in_process_store(), options);
    std::string seen;
    std::string value;
    for (int i = 0; i < 200; ++i) {
      seen += store->get("k", Instant{}, value).reason == Reason::miss_store_failed ? 'x' : '.';
    }
    return seen;
  };
  const std::string first = pattern();
  EXPECT_EQ(first, pattern());
  EXPECT_GT(std::ranges::count(first, 'x'), 50);
  EXPECT_GT(std::ranges::count(first, '.'), 50);
}

TEST(ChaosStore, AFailingFillEndsItsLease) {
  testing::ChaosOptions options;
  options.fail_puts = 1;
  const auto store = testing::chaos_store(testing::in_process_store(), options);
  PutRequest put;
  put.key = "k";
  put.lease = store->acquire("k", kForever).lease;
  ASSERT_TRUE(put.lease);
  EXPECT_EQ(store->put(put), Reason::refused_store_failed);
  EXPECT_EQ(store->acquire("k", kForever).status, Acquire::Status::granted);
}

}  // namespace
}  // namespace freshet
