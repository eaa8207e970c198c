// The typed API on one thread: what each call answers, and why.
#include <freshet/cache.h>
#include <freshet/memoize.h>
#include <freshet/testing.h>

#include <gtest/gtest.h>
#include <limits>
#include <map>

namespace freshet {
namespace {

using namespace std::chrono_literals;

class CacheTest : public ::testing::Test {
 protected:
  CacheTest() : cache(open(store, options())) {}

  CacheOptions options() {
    CacheOptions made;
    made.clock = clock;
    made.executor = executor;
    return made;
  }
  std::uint64_t counted(Reason reason) const { return cache.stats()[reason]; }

  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  std::shared_ptr<testing::ManualExecutor> executor = std::make_shared<testing::ManualExecutor>();
  std::shared_ptr<testing::ChaosStore> store = testing::chaos_store(testing::in_process_store());
  Cache cache;
};

TEST_F(CacheTest, SetThenGetIsAHitUntilTheTtl) {
  EXPECT_EQ(cache.set("k", 42, {.ttl = 10s}), Reason::stored);
  const Result<int> hit = cache.get<int>("k");
  ASSERT_TRUE(hit);
  EXPECT_EQ(*hit, 42);
  EXPECT_EQ(hit.reason(), Reason::hit);
  clock->advance(9s);
  EXPECT_EQ(cache.get<int>("k").age(), 9s);
  clock->advance(1s);
  const Result<int> late = cache.get<int>("k");
  EXPECT_FALSE(late);
  EXPECT_EQ(late.reason(), Reason::miss_expired);
  EXPECT_EQ(cache.get<int>("other").reason(), Reason::miss_absent);
}

TEST_F(CacheTest, EveryLookupCountsOnceAndPeekDoesNot) {
  cache.set("k", 1);
  cache.get<int>("k");
  cache.get<int>("absent");
  cache.peek<int>("k");
  cache.peek<int>("absent");
  cache.get_or_load("k", [] { return 2; });
  cache.get_or_load("new", [] { return 2; });
  EXPECT_EQ(counted(Reason::hit), 2u);
  EXPECT_EQ(counted(Reason::miss_absent), 2u);
  EXPECT_EQ(counted(Reason::loaded), 1u);
  EXPECT_EQ(counted(Reason::stored), 2u);
}

TEST_F(CacheTest, GetOrLoadLoadsOnceAndDeducesItsType) {
  int loads = 0;
  const auto loader = [&loads] {
    ++loads;
    return std::string("value");
  };
  const auto first = cache.get_or_load("k", loader);
  static_assert(std::is_same_v<decltype(first), const Result<std::string>>);
  EXPECT_EQ(*first, "value");
  EXPECT_EQ(first.reason(), Reason::loaded);
  EXPECT_TRUE(first.is_loaded());
  EXPECT_EQ(first.stored(), Reason::stored);
  const auto second = cache.get_or_load("k", loader);
  EXPECT_EQ(second.reason(), Reason::hit);
  EXPECT_EQ(second.stored(), std::nullopt);
  EXPECT_EQ(loads, 1);
}

TEST_F(CacheTest, ACachedNothingIsAHitAndHasItsOwnTtl) {
  using Maybe = std::optional<int>;
  int loads = 0;
  const auto loader = [&loads] {
    ++loads;
    return Maybe();
  };
  const Options options{.ttl = 100s, .negative_ttl = 5s};
  const Result<Maybe> loaded = cache.get_or_load("k", loader, options);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, std::nullopt);
  EXPECT_EQ(loaded.stored(), Reason::stored_negative);
  const Result<Maybe> hit = cache.get_or_load("k", loader, options);
  EXPECT_EQ(hit.reason(), Reason::hit);
  ASSERT_TRUE(hit);
  EXPECT_FALSE(hit->has_value());
  EXPECT_EQ(cache.get<int>("k").reason(), Reason::miss_other_shape);
  clock->advance(5s);
  cache.get_or_load("k", loader, options);
  EXPECT_EQ(loads, 2);
  cache.set("k", Maybe(7));
  EXPECT_EQ(*cache.get<int>("k"), 7) << "an optional that holds is written as what it holds";
}

TEST_F(CacheTest, AValueOfAnotherTypeIsAMissAndIsOverwritten) {
  cache.set("k", std::string("text"));
  EXPECT_EQ(cache.get<int>("k").reason(), Reason::miss_other_shape);
  EXPECT_EQ(*cache.get_or_load("k", [] { return 3; }), 3);
  EXPECT_EQ(cache.get<int>("k").reason(), Reason::hit);
  EXPECT_EQ(counted(Reason::miss_other_shape), 2u);
}

TEST_F(CacheTest, AddReplaceAndEraseGoByWhatGetWouldSay) {
  EXPECT_EQ(cache.replace("k", 1), Reason::refused_absent);
  EXPECT_EQ(cache.add("k", 1, {.ttl = 10s, .stale_if_error = 60s}), Reason::stored);
  EXPECT_EQ(cache.add("k", 2), Reason::refused_exists);
  EXPECT_EQ(cache.replace("k", 3, {.ttl = 10s, .stale_if_error = 60s}), Reason::stored);
  clock->advance(11s);  // stale, but kept
  EXPECT_EQ(cache.replace("k", 4), Reason::refused_absent);
  EXPECT_EQ(cache.add("k", 5), Reason::stored);
  EXPECT_EQ(*cache.get<int>("k"), 5);
  EXPECT_EQ(cache.erase("k"), Reason::erased);
  EXPECT_EQ(cache.erase("k"), Reason::refused_absent);
}

TEST_F(CacheTest, ARefusedSetLeavesNoOutdatedValueBehind) {
  cache.set("k", 1);
  EXPECT_EQ(cache.set("k", 2, {.ttl = 0s}), Reason::refused_zero_ttl);
  EXPECT_FALSE(cache.get<int>("k"));
  cache.set("k", 1);
  EXPECT_EQ(cache.set("k", 2, {.tags = std::vector<std::string>(kMaxTags + 1, "t")}), Reason::refused_too_many_tags);
  EXPECT_FALSE(cache.get<int>("k"));
}

TEST_F(CacheTest, ExpireKeepsTheValueForAFailingLoad) {
  const Options options{.ttl = 100s, .stale_if_error = 100s};
  cache.set("k", 1, options);
  EXPECT_EQ(cache.expire("k"), Reason::updated);
  EXPECT_EQ(cache.get<int>("k").reason(), Reason::miss_expired);
  const Result<int> stale = cache.get_or_load<int>(
      "k", []() -> int { throw std::runtime_error("down"); }, options);
  EXPECT_EQ(*stale, 1);
  EXPECT_EQ(stale.reason(), Reason::stale_on_error);
  EXPECT_TRUE(stale.is_stale());
  EXPECT_EQ(cache.expire("absent"), Reason::refused_absent);
}

TEST_F(CacheTest, TouchMovesTheTtlAndTheStaleSpans) {
  cache.set("k", 1, {.ttl = 10s, .stale_if_error = 5s});
  clock->advance(9s);
  EXPECT_EQ(cache.touch("k", 20s), Reason::updated);
  clock->advance(19s);
  EXPECT_TRUE(cache.get<int>("k"));
  const Explanation explained = cache.explain("k");
  EXPECT_EQ(explained.fetch.meta.keep_until - explained.fetch.meta.fresh_until, 5s);
  EXPECT_EQ(cache.touch("absent", 1s), Reason::refused_absent);
}

TEST_F(CacheTest, IncrementStartsAtDeltaAndKeepsTtlAndTags) {
  EXPECT_EQ(*cache.increment("n", 5, {.ttl = 10s, .tags = {"t"}}), 5);
  clock->advance(6s);
  EXPECT_EQ(*cache.increment("n", -7), -2);
  EXPECT_EQ(*cache.get<std::int64_t>("n"), -2);
  clock->advance(4s);
  EXPECT_FALSE(cache.get<std::int64_t>("n")) << "the first call's ttl holds";
  EXPECT_EQ(*cache.increment("n", 1, {.tags = {"t"}}), 1);
  EXPECT_EQ(*cache.increment("n"), 2);
  cache.invalidate_tag("t");
  EXPECT_FALSE(cache.get<std::int64_t>("n"));

  cache.set("text", std::string("x"));
  EXPECT_EQ(cache.increment("text").reason(), Reason::refused_not_integer);
  cache.set("n", std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(cache.increment("n").reason(), Reason::refused_not_integer);
}

TEST_F(CacheTest, ManyAtOnceKeepTheirOrder) {
  cache.set_many(std::map<std::string, int>{{"a", 1}, {"c", 3}});
  const auto results = cache.get_many<int>(std::vector<std::string>{"a", "b", "c"});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(*results[0], 1);
  EXPECT_FALSE(results[1]);
  EXPECT_EQ(*results[2], 3);
}

TEST_F(CacheTest, GetOrLoadManyCallsItsLoaderOnceForWhatIsMissing) {
  cache.set("b", 20);
  std::vector<std::vector<std::string>> asked;
  const auto loader = [&asked](const std::vector<std::string>& missing) {
    asked.push_back(missing);
    std::map<std::string, int> found;
    for (const std::string& key : missing) {
      if (key != "absent") found[key] = static_cast<int>(key[0]);
    }
    return found;
  };
  const std::vector<std::string> keys{"a", "b", "absent", "c", "a"};
  const auto results = cache.get_or_load_many(keys, loader);
  EXPECT_EQ(asked, (std::vector<std::vector<std::string>>{{"a", "absent", "c"}}));
  EXPECT_EQ(*results[0], 'a');
  EXPECT_EQ(results[0].reason(), Reason::loaded);
  EXPECT_EQ(*results[1], 20);
  EXPECT_FALSE(results[2]);
  EXPECT_EQ(results[2].reason(), Reason::miss_absent);
  EXPECT_EQ(*results[3], 'c');
  EXPECT_EQ(*results[4], 'a') << "the same key twice is loaded once";
  EXPECT_TRUE(cache.get<int>("c"));
  EXPECT_FALSE(cache.get<int>("absent"));
}

TEST_F(CacheTest, GetOrLoadManyTakesAVectorInTheOrderAsked) {
  const auto results = cache.get_or_load_many<int>(std::vector<std::string>{"a", "b"}, [](const auto& missing) {
    return std::vector<std::optional<int>>{missing.size() == 2 ? 7 : 0, std::nullopt};
  });
  EXPECT_EQ(*results[0], 7);
  EXPECT_FALSE(results[1]);
}

TEST_F(CacheTest, GetOrLoadManyServesStaleAndRefreshesInOneTask) {
  const Options options{.ttl = 10s, .stale_while_revalidate = 60s};
  cache.set("a", 1, options);
  cache.set("b", 2, options);
  clock->advance(11s);
  int loads = 0;
  const auto loader = [&loads](const std::vector<std::string>& missing) {
    ++loads;
    std::map<std::string, int> found;
    for (const std::string& key : missing) found[key] = 100;
    return found;
  };
  const auto results = cache.get_or_load_many(std::vector<std::string>{"a", "b", "c"}, loader, options);
  EXPECT_EQ(*results[0], 1);
  EXPECT_EQ(results[1].reason(), Reason::stale_revalidating);
  EXPECT_EQ(*results[2], 100);
  EXPECT_EQ(executor->run_all(), 1u);
  EXPECT_EQ(loads, 2);
  EXPECT_EQ(*cache.get<int>("a"), 100);
}

TEST_F(CacheTest, TheLoadContextShapesTheEntry) {
  const auto loader = [](LoadContext<int>& load) {
    EXPECT_EQ(load.key(), "k");
    EXPECT_EQ(load.stale(), nullptr);
    load.ttl(5s);
    load.stale_if_error(100s);
    load.tag("late");
    return 1;
  };
  cache.get_or_load("k", loader, {.tags = {"early"}});
  const Explanation explained = cache.explain("k");
  EXPECT_EQ(explained.tags, (std::vector<std::string>{"early", "late"}));
  EXPECT_EQ(explained.fetch.meta.fresh_until, clock->now() + 5s);
  EXPECT_EQ(explained.fetch.meta.keep_until, clock->now() + 105s);
  cache.invalidate_tag("late");
  EXPECT_EQ(cache.get<int>("k").reason(), Reason::miss_invalidated);
}

TEST_F(CacheTest, NotModifiedRenewsTheStaleValueWithItsTags) {
  const Options options{.ttl = 10s, .stale_if_error = 100s};
  cache.get_or_load(
      "k",
      [](LoadContext<int>& load) {
        load.tag("t");
        return 1;
      },
      options);
  clock->advance(11s);
  const auto renewed = cache.get_or_load(
      "k", [](LoadContext<int>& load) { return load.not_modified(); }, options);
  EXPECT_EQ(*renewed, 1);
  EXPECT_EQ(renewed.reason(), Reason::loaded_not_modified);
  EXPECT_EQ(renewed.stored(), Reason::stored);
  EXPECT_TRUE(cache.get<int>("k"));
  cache.invalidate_tag("t");
  EXPECT_FALSE(cache.get<int>("k"));
  EXPECT_THROW(cache.get_or_load("new", [](LoadContext<int>& load) { return load.not_modified(); }), Error);
}

TEST_F(CacheTest, ALoaderMayRefuseToStore) {
  const auto result = cache.get_or_load("k", [](LoadContext<int>& load) {
    load.do_not_store();
    return 1;
  });
  EXPECT_EQ(*result, 1);
  EXPECT_EQ(result.stored(), Reason::refused_by_loader);
  EXPECT_FALSE(cache.get<int>("k"));
}

TEST_F(CacheTest, AFillThatWasOvertakenIsRefusedAndItsCallerStillGetsTheValue) {
  const auto erased = cache.get_or_load("k", [&] {
    cache.erase("k");
    return 1;
  });
  EXPECT_EQ(*erased, 1);
  EXPECT_EQ(erased.reason(), Reason::loaded);
  EXPECT_EQ(erased.stored(), Reason::refused_key_changed);
  EXPECT_FALSE(cache.get<int>("k"));
  const auto invalidated = cache.get_or_load("k", [&](LoadContext<int>& load) {
    cache.invalidate_tag("t");
    load.tag("t");
    return 2;
  });
  EXPECT_EQ(invalidated.stored(), Reason::refused_invalidated);
  EXPECT_FALSE(cache.get<int>("k"));
}

TEST_F(CacheTest, ExceptionsReachTheCallerAndAreNotCached) {
  struct Special {};
  EXPECT_THROW(cache.get_or_load("k", []() -> int { throw Special(); }), Special);
  EXPECT_EQ(counted(Reason::load_failed), 1u);
  EXPECT_EQ(*cache.get_or_load("k", [] { return 1; }), 1);
}

TEST_F(CacheTest, ErrorTtlRemembersAFailure) {
  const Options options{.error_ttl = 5s};
  int loads = 0;
  const auto failing = [&loads]() -> int {
    ++loads;
    throw std::runtime_error("no database");
  };
  EXPECT_THROW(cache.get_or_load("k", failing, options), std::runtime_error);
  try {
    cache.get_or_load("k", failing, options);
    ADD_FAILURE();
  } catch (const LoadFailed& error) {
    EXPECT_STREQ(error.what(), "no database");
  }
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(cache.get<int>("k").reason(), Reason::miss_failed_lately);
  clock->advance(5s);
  EXPECT_EQ(*cache.get_or_load(
                "k", [] { return 1; }, options),
            1);
}

TEST_F(CacheTest, AFailureNeverReplacesAValueThatMayStillServe) {
  const Options options{.ttl = 10s, .stale_if_error = 100s, .error_ttl = 50s};
  cache.set("k", 1, options);
  clock->advance(11s);
  for (int i = 0; i < 2; ++i) {
    const auto stale = cache.get_or_load<int>(
        "k", []() -> int { throw std::runtime_error("down"); }, options);
    EXPECT_EQ(*stale, 1);
  }
}

TEST_F(CacheTest, StaleWhileRevalidateServesAtOnceAndRefreshesOnce) {
  const Options options{.ttl = 10s, .stale_while_revalidate = 60s};
  int value = 1;
  const auto loader = [&value] { return value; };
  cache.get_or_load("k", loader, options);
  clock->advance(11s);
  value = 2;
  for (int i = 0; i < 3; ++i) {
    const auto stale = cache.get_or_load("k", loader, options);
    EXPECT_EQ(*stale, 1);
    EXPECT_EQ(stale.reason(), Reason::stale_revalidating);
  }
  EXPECT_EQ(executor->waiting(), 1u);
  executor->run_all();
  EXPECT_EQ(*cache.get_or_load("k", loader, options), 2);
}

TEST_F(CacheTest, EarlyRefreshHappensInTheBackground) {
  const Options options{.ttl = 100s, .early_refresh = 1e9};
  int value = 1;
  const auto loader = [&] {
    clock->advance(1s);
    return value;
  };
  cache.get_or_load("k", loader, options);
  value = 2;
  const auto hit = cache.get_or_load("k", loader, options);
  EXPECT_EQ(*hit, 1);
  EXPECT_EQ(hit.reason(), Reason::hit_early_refresh);
  EXPECT_EQ(cache.get_or_load("k", loader, options).reason(), Reason::hit) << "it is under way";
  executor->run_all();
  EXPECT_EQ(*cache.get<int>("k"), 2);
}

TEST_F(CacheTest, AFullExecutorSkipsTheRefreshAndSaysSo) {
  auto options = this->options();
  options.executor = std::make_shared<testing::ManualExecutor>(0);
  const Cache full = open(store, options);
  const Options swr{.ttl = 10s, .stale_while_revalidate = 60s};
  full.set("k", 1, swr);
  clock->advance(11s);
  EXPECT_EQ(*full.get_or_load(
                "k", [] { return 2; }, swr),
            1);
  EXPECT_EQ(full.stats()[Reason::refresh_skipped], 1u);
  EXPECT_EQ(full.stats().loads_under_way, 0u);
  EXPECT_EQ(*full.get_or_load("new", [] { return 3; }, {.hard_timeout = 10s}), 3) << "the caller loads by himself";
}

TEST_F(CacheTest, ADroppedRefreshGivesItsLeaseBack) {
  const Options swr{.ttl = 10s, .stale_while_revalidate = 60s};
  cache.set("k", 1, swr);
  clock->advance(11s);
  cache.get_or_load(
      "k", [] { return 2; }, swr);
  EXPECT_EQ(cache.stats().loads_under_way, 1u);
  executor->drop_all();
  EXPECT_EQ(cache.stats().loads_under_way, 0u);
}

TEST_F(CacheTest, AMoveOnlyLoaderMayGoToTheBackground) {
  const Options swr{.ttl = 10s, .stale_while_revalidate = 60s};
  cache.set("k", 1, swr);
  clock->advance(11s);
  auto owned = std::make_unique<int>(2);
  EXPECT_EQ(*cache.get_or_load(
                "k", [owned = std::move(owned)] { return *owned; }, swr),
            1);
  executor->run_all();
  EXPECT_EQ(*cache.get<int>("k"), 2);
}

TEST_F(CacheTest, ABackgroundLoaderSeesTheStaleValue) {
  const Options swr{.ttl = 10s, .stale_while_revalidate = 60s};
  cache.set("k", 1, swr);
  clock->advance(11s);
  const auto add_one = [](LoadContext<int>& load) { return load.stale() != nullptr ? *load.stale() + 1 : 0; };
  cache.get_or_load("k", add_one, swr);
  executor->run_all();
  EXPECT_EQ(*cache.get<int>("k"), 2);
}

TEST_F(CacheTest, ALoaderMayAskForOtherKeysAndForItsOwn) {
  const auto outer = cache.get_or_load("outer", [&] {
    const int inner = *cache.get_or_load("inner", [] { return 1; });
    const auto own = cache.get_or_load("outer", [] { return 10; });
    EXPECT_EQ(own.reason(), Reason::loaded_unshared);
    EXPECT_EQ(own.stored(), std::nullopt);
    return inner + *own;
  });
  EXPECT_EQ(*outer, 11);
  EXPECT_EQ(outer.stored(), Reason::stored);
  EXPECT_EQ(*cache.get<int>("outer"), 11);
}

TEST_F(CacheTest, BadKeysLoadButAreNotStored) {
  const std::string longest(kMaxKeyBytes + 1, 'k');
  for (const std::string& key : {std::string(), longest}) {
    EXPECT_EQ(cache.get<int>(key).reason(), Reason::miss_bad_key);
    EXPECT_EQ(*cache.get_or_load(key, [] { return 1; }), 1);
    EXPECT_EQ(cache.set(key, 1), Reason::refused_bad_key);
    EXPECT_EQ(cache.erase(key), Reason::refused_bad_key);
  }
}

TEST_F(CacheTest, OptionsThatMakeNoSenseThrow) {
  EXPECT_THROW(cache.set("k", 1, {.ttl = -1s}), ConfigError);
  EXPECT_THROW(cache.get_or_load("k", [] { return 1; }, {.ttl = 1s, .jitter = 2s}), ConfigError);
  EXPECT_THROW(open(std::shared_ptr<Store>()), ConfigError);
  CacheOptions bad = options();
  bad.lease_deadline = 0s;
  EXPECT_THROW(open(store, bad), ConfigError);
}

TEST_F(CacheTest, AFailingStoreNeverFailsTheCaller) {
  store->set({.fail_gets = 1, .fail_puts = 1, .fail_leases = 1});
  EXPECT_EQ(cache.get<int>("k").reason(), Reason::miss_store_failed);
  EXPECT_EQ(cache.set("k", 1), Reason::refused_store_failed);
  const auto unshared = cache.get_or_load("k", [] { return 1; });
  EXPECT_EQ(*unshared, 1);
  EXPECT_EQ(unshared.reason(), Reason::loaded_unshared);
  store->set({.fail_puts = 1});
  EXPECT_EQ(cache.get_or_load("k", [] { return 1; }).stored(), Reason::refused_store_failed);
  EXPECT_EQ(counted(Reason::lease_table_full), 1u);
}

TEST_F(CacheTest, OnTheNullStoreEveryCallLoads) {
  const Cache off = open(testing::null_store(), options());
  int loads = 0;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(off.get_or_load("k", [&loads] { return ++loads; }).reason(), Reason::loaded_unshared);
  }
  EXPECT_EQ(loads, 3);
  EXPECT_EQ(off.set("k", 1), Reason::refused_null_store);
  EXPECT_EQ(off.get<int>("k").reason(), Reason::miss_null_store);
}

TEST_F(CacheTest, NamespacesAndVersionsNeverShareAKey) {
  const Cache shop = cache.namespaced("shop");
  const Cache cart = shop.namespaced("cart");
  const Cache next = cart.versioned("v2");
  cache.set("k", 1);
  shop.set("k", 2);
  cart.set("k", 3);
  next.set("k", 4);
  EXPECT_EQ(*cache.get<int>("k"), 1);
  EXPECT_EQ(*shop.get<int>("k"), 2);
  EXPECT_EQ(*cart.get<int>("k"), 3);
  EXPECT_EQ(*next.get<int>("k"), 4);
  EXPECT_EQ(next.name_space(), "shop/cart");

  cart.clear();
  EXPECT_FALSE(cart.get<int>("k"));
  EXPECT_FALSE(next.get<int>("k")) << "all versions";
  EXPECT_TRUE(shop.get<int>("k"));
  cart.set("k", 5);
  shop.clear();
  EXPECT_FALSE(cart.get<int>("k")) << "the outer one's clear reaches the inner ones";
  EXPECT_TRUE(cache.get<int>("k"));
  cart.set("k", 6);
  cache.clear();
  EXPECT_FALSE(cart.get<int>("k"));
}

TEST_F(CacheTest, StoredKeysAreWhatToolsBuild) {
  std::string value;
  cache.namespaced("a").namespaced("b").versioned("v").set("k", 1);
  EXPECT_TRUE(store->get(stored_key("a/b", "v", "k"), clock->now(), value).found);
  cache.set("root", 1);
  EXPECT_TRUE(store->get(stored_key("", "", "root"), clock->now(), value).found);
  const std::string nul("a\0b", 3);
  for (const std::string& bad : {std::string(), std::string("a/b"), std::string("a@b"), nul}) {
    EXPECT_THROW(cache.namespaced(bad), ConfigError) << bad;
    EXPECT_THROW(cache.versioned(bad), ConfigError) << bad;
  }
  EXPECT_THROW(stored_key("a//b", "", "k"), ConfigError);
  EXPECT_THROW(stored_key("a/", "", "k"), ConfigError);
}

TEST_F(CacheTest, ADeployLeavesOldValuesBehind) {
  auto with = [&](std::string version) {
    CacheOptions made = options();
    made.version = std::move(version);
    return open(store, made);
  };
  with("1").set("k", 1);
  EXPECT_FALSE(with("2").get<int>("k"));
  EXPECT_TRUE(with("1").get<int>("k"));
}

TEST_F(CacheTest, ExplainRemembersWhyALookupMissedAndPeekLeavesNoTrace) {
  cache.peek<int>("k");
  EXPECT_EQ(cache.explain("k").last_miss, std::nullopt);
  cache.set("k", 1, {.ttl = 10s, .stale_if_error = 60s});
  clock->advance(11s);
  cache.get<int>("k");
  EXPECT_EQ(cache.explain("k").last_miss, Reason::miss_expired) << "stale, though kept";
}

TEST_F(CacheTest, AnEntryTakesItsTagsInANamespaceToo) {
  const std::vector<std::string> tags(32, "t");
  EXPECT_EQ(cache.namespaced("a").namespaced("b").set("k", 1, {.tags = tags}), Reason::stored);
}

TEST_F(CacheTest, PrometheusTextNamesEveryReasonAndEndsTheHistogram) {
  cache.get_or_load("k", [&] {
    clock->advance(3us);
    return 1;
  });
  const std::string text = cache.prometheus();
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    EXPECT_NE(text.find("{reason=\"" + std::string(name(static_cast<Reason>(i))) + "\"}"), std::string::npos);
  }
  EXPECT_NE(text.find("# TYPE freshet_lookups_total counter\n"), std::string::npos);
  EXPECT_NE(text.find("freshet_lookups_total{reason=\"miss_absent\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("freshet_load_seconds_bucket{le=\"0.000002\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("freshet_load_seconds_bucket{le=\"0.000004\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("freshet_load_seconds_bucket{le=\"+Inf\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("freshet_load_seconds_sum 0.000003\n"), std::string::npos);
}

}  // namespace
}  // namespace freshet
