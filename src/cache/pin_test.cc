// Large values read in place, on the real segment.
#include <freshet/cache.h>
#include <freshet/testing.h>

#include <gtest/gtest.h>
#include <optional>

namespace freshet {
namespace {

using namespace std::chrono_literals;

std::string joined(const Pinned& pinned) {
  std::string bytes;
  for (const std::span<const std::byte> piece : pinned.pieces()) {
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  return bytes;
}

// Bytes that zstd cannot shorten.
std::string noise(std::size_t bytes) {
  std::string out;
  std::uint64_t state = 42;
  while (out.size() < bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    out += static_cast<char>(state >> 56);
  }
  return out;
}

class PinTest : public ::testing::Test {
 protected:
  PinTest() : cache(open("memory:?size=8MiB", options())) {}
  CacheOptions options() {
    CacheOptions made;
    made.clock = clock;
    return made;
  }
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  Cache cache;
};

TEST_F(PinTest, ShowsTheBytesAsGetWouldCopyThem) {
  const std::string page = noise(1'000'000);
  cache.set("page", Bytes{page}, {.ttl = 10s});
  clock->advance(3s);
  const Pinned pinned = cache.pin("page");
  ASSERT_TRUE(pinned);
  EXPECT_EQ(pinned.reason(), Reason::hit);
  EXPECT_EQ(pinned.size_bytes(), page.size());
  EXPECT_GT(pinned.pieces().size(), 1u) << "it runs over many blocks of the log: in place, not a copy";
  EXPECT_EQ(joined(pinned), page);
  EXPECT_EQ(pinned.age(), 3s);
  EXPECT_EQ(pinned.meta().fresh_until, clock->now() + 7s);
  cache.set("text", std::string("abc"));
  EXPECT_EQ(joined(cache.pin("text")), cache.get<Bytes>("text")->data) << "any other type in its encoding";
}

TEST_F(PinTest, TheBytesStayWhateverHappensToTheEntry) {
  const std::string page = noise(500'000);
  cache.set("page", Bytes{page});
  Pinned pinned = cache.pin("page");
  cache.set("page", Bytes{"another"});
  cache.erase("page");
  cache.clear();
  for (int i = 0; i < 100; ++i) cache.set("filler " + std::to_string(i), Bytes{noise(400'000)});
  EXPECT_GT(cache.stats()[Reason::evicted_unused], 50u) << "the log went round more than once";
  EXPECT_EQ(joined(pinned), page);
  pinned.release();
  EXPECT_FALSE(pinned);
  EXPECT_TRUE(pinned.pieces().empty());
  EXPECT_EQ(pinned.reason(), Reason::hit) << "the answer stays";
}

TEST_F(PinTest, MayOutliveTheCacheAndMoves) {
  const std::string page = noise(200'000);
  Pinned outer(Reason::miss_absent);
  {
    const Cache inner = open("memory:?size=2MiB");
    inner.set("page", Bytes{page});
    outer = inner.pin("page");
  }
  const Pinned moved = std::move(outer);
  EXPECT_EQ(joined(moved), page);
}

TEST_F(PinTest, ACompressedValueIsOpened) {
  const std::string page(100'000, 'x');
  cache.set("page", Bytes{page});
  ASSERT_LT(cache.explain("page").value_bytes, 10'000u);
  EXPECT_EQ(joined(cache.pin("page")), page);

  CacheOptions plain = options();
  plain.compress_above = 0;
  const Cache uncompressed = open(cache.store(), plain);
  uncompressed.set("page", Bytes{page});
  EXPECT_GE(uncompressed.explain("page").value_bytes, page.size()) << "0 switches compression off";
  EXPECT_EQ(joined(cache.pin("page")), page);
}

TEST_F(PinTest, WithoutAPinLeftItHoldsACopy) {
  const std::string page = noise(10'000);
  cache.set("page", Bytes{page});
  std::vector<Pinned> many;
  for (int i = 0; i < 300; ++i) many.push_back(cache.pin("page"));
  for (const Pinned& pinned : many) ASSERT_EQ(joined(pinned), page);
  EXPECT_EQ(many.back().pieces().size(), 1u);
}

TEST_F(PinTest, WhatIsNoFreshValueIsAMissWithItsReason) {
  using Maybe = std::optional<int>;
  EXPECT_EQ(cache.pin("absent").reason(), Reason::miss_absent);
  EXPECT_EQ(cache.pin("").reason(), Reason::miss_bad_key);
  cache.set("stale", Bytes{"old"}, {.ttl = 1s, .stale_if_error = 100s});
  cache.set("nothing", Maybe());
  EXPECT_THROW(cache.get_or_load<int>("failed", []() -> int { throw std::runtime_error("down"); }, {.error_ttl = 100s}),
               std::runtime_error);
  clock->advance(1s);
  const Pinned stale = cache.pin("stale");
  EXPECT_FALSE(stale);
  EXPECT_EQ(stale.reason(), Reason::miss_expired);
  EXPECT_EQ(stale.size_bytes(), 0u);
  EXPECT_EQ(stale.meta().stored_at, Instant{});
  EXPECT_EQ(stale.age(), 0s);
  EXPECT_EQ(cache.pin("nothing").reason(), Reason::miss_other_shape);
  EXPECT_EQ(cache.pin("failed").reason(), Reason::miss_failed_lately);

  const auto before = cache.stats();
  cache.set("page", Bytes{"p"});
  static_cast<void>(cache.pin("page"));
  static_cast<void>(cache.pin("absent"));
  EXPECT_EQ(cache.stats()[Reason::hit], before[Reason::hit] + 1) << "a pin is a lookup like any other";
  EXPECT_EQ(cache.stats()[Reason::miss_absent], before[Reason::miss_absent] + 1);
}

TEST_F(PinTest, AFailingStoreIsAMiss) {
  const auto store = testing::chaos_store(testing::in_process_store(), {.fail_gets = 1});
  EXPECT_EQ(open(store).pin("k").reason(), Reason::miss_store_failed);
  EXPECT_EQ(open("null:").pin("k").reason(), Reason::miss_null_store);
}

}  // namespace
}  // namespace freshet
