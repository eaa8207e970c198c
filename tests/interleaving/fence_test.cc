// I3: whatever invalidates a key, at whatever point of a load and its fill, the value that was read before is not
// served after. Tried at every passage of every pause point that a filler makes.
#include "platform/pause_point.h"
#include "tests/crash/witness.h"
#include "tests/interleaving/stage.h"

#include <freshet/cache.h>

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <set>

namespace freshet::witness {
namespace {

enum class Invalidation { tag, clear, erase, set, make_stale };
constexpr const char* kInvalidationNames[] = {"tag", "clear", "erase", "set", "make_stale"};

struct Fill {
  const char* name;
  std::size_t value_bytes;
  bool crowded;  ///< the segment is full: the fill evicts first
  std::set<std::string> passes;
};

const std::string kKey = "the key";
const std::vector<std::string> kTags = {"its tag"};

const std::vector<Fill>& fills() {
  static const std::vector<Fill> all = {
      {"small",
       100,
       false,
       {"leases.granting", "test.leased", "test.read", "log.header_written", "log.reserved", "log.half_filled",
        "store.publishing", "store.published", "leases.ended"}},
      {"straddling",
       20'000,
       false,
       {"leases.granting", "test.leased", "test.read", "log.header_written", "log.linked", "log.reserved",
        "log.half_filled", "store.publishing", "store.published", "leases.ended", "pool.opened"}},
      {"large",
       100'000,
       false,
       {"leases.granting", "test.leased", "test.read", "log.header_written", "log.linked", "log.reserved",
        "store.filling", "log.half_filled", "store.filled", "store.publishing", "store.published", "leases.ended"}},
      {"evicting",
       100'000,
       true,
       {"eviction.taken", "eviction.cleaned", "pool.life_ended", "pool.take", "store.filling", "store.filled"}}};
  return all;
}

std::string database_value(unsigned version, std::size_t bytes) { return checkable(kKey, bytes, version); }

class Scene {
 public:
  explicit Scene(const Fill& fill, Invalidation invalidation) : fill_(fill), invalidation_(invalidation) {
    if (fill.crowded) {
      const std::string filler(1000, 'f');
      for (int i = 0; i < 1500; ++i) store_->put(request("filler " + std::to_string(i), filler));
    }
    if (invalidation == Invalidation::make_stale) {
      const std::string old = database_value(0, 50);
      auto r = request(kKey, old);
      r.tags = kTags;
      store_->put(r);
    }
  }

  // As a load does it: lease, read the database, fill with tags that are named only now.
  void load() {
    const Acquire a = store_->acquire(kKey, 1h);
    if (a.status != Acquire::Status::granted) return;
    platform::pause_point("test.leased");
    const std::string read = database_value(database_, fill_.value_bytes);
    platform::pause_point("test.read");
    auto r = request(kKey, read);
    r.tags = kTags;
    r.lease = a.lease;
    store_->put(r);
  }

  void change_and_invalidate() {
    database_ = 2;
    const std::string written = database_value(2, 30);
    switch (invalidation_) {
      case Invalidation::tag:
        return store_->invalidate_tag(kTags[0]);
      case Invalidation::clear:
        return store_->clear();
      case Invalidation::erase:
        return static_cast<void>(store_->erase(kKey));
      case Invalidation::set:
        return static_cast<void>(store_->put(request(kKey, written)));
      case Invalidation::make_stale:
        return static_cast<void>(store_->retime(kKey, kNow, {kNow, std::nullopt}));
    }
  }

  // After the invalidation nobody is served version 1, nor anything old as fresh.
  void expect_nothing_old(const std::string& when) {
    std::string value;
    const Fetch fetch = store_->get(kKey, kNow, value);
    if (!fetch.found) return;
    ASSERT_TRUE(is_whole(kKey, value)) << when;
    if (invalidation_ == Invalidation::make_stale && fetch.meta.fresh_until <= kNow) return;
    std::uint32_t version = 0;
    std::memcpy(&version, value.data(), sizeof(version));
    EXPECT_EQ(version, 2U) << when << ": a value that was read before the invalidation is served after it";
  }

  SegmentStore& store() { return *store_.store; }
  segment::Segment& segment() { return *store_.segment; }

 private:
  const Fill& fill_;
  Invalidation invalidation_;
  Opened store_{"memory:?size=1MiB"};
  std::atomic<unsigned> database_{1};
};

class Fenced : public ::testing::TestWithParam<std::tuple<int, Invalidation>> {};

TEST_P(Fenced, I3_NoFillSurvivesAnInvalidationAtAnyPausePoint) {
  const Fill& fill = fills()[static_cast<std::size_t>(std::get<0>(GetParam()))];
  const Invalidation invalidation = std::get<1>(GetParam());
  // What the filler passes when nobody disturbs it.
  std::vector<Stage::Place> places;
  {
    Scene scene(fill, invalidation);
    Stage stage;
    stage.play({}, [&] { scene.load(); });
    stage.join();
    places = stage.visited();
  }
  std::set<std::string> passed;
  for (const auto& place : places) passed.insert(place.point);
  for (const std::string& point : fill.passes) EXPECT_TRUE(passed.count(point)) << "never came to " << point;

  int tried = 0;
  for (const auto& place : places) {
    if (place.passage > 40) continue;  // the same again, block after block
    Scene scene(fill, invalidation);
    Stage stage;
    const std::string when = place.point + " " + std::to_string(place.passage);
    if (!stage.play(place, [&] { scene.load(); })) {
      // How often a put comes by while it cleans depends on which keys share pages, and that on the segment's secret.
      ASSERT_GT(place.passage, 1) << when << ": every point is come to at least once";
      continue;
    }
    ++tried;
    auto invalidated = std::async(std::launch::async, [&] { scene.change_and_invalidate(); });
    // Where the filler holds the lock that the invalidation needs, the invalidation can only end after the filler goes
    // on.
    if (invalidated.wait_for(5ms) == std::future_status::ready) {
      // A reader that needed the lock would wait for the actor, so only where no fill was published yet or all of it
      // was.
      scene.expect_nothing_old(when + ", filler still stopped");
    }
    stage.release();
    invalidated.get();
    scene.expect_nothing_old(when + ", invalidation returned");
    stage.join();
    scene.expect_nothing_old(when + ", filler ended");
    EXPECT_EQ(audit(scene.segment()), "") << when;
    EXPECT_EQ(scene.store().stats().loads_under_way, 0U) << when;
  }
  EXPECT_GE(tried, 8);
}

INSTANTIATE_TEST_SUITE_P(Every, Fenced,
                         ::testing::Combine(::testing::Values(0, 1, 2, 3),
                                            ::testing::Values(Invalidation::tag, Invalidation::clear,
                                                              Invalidation::erase, Invalidation::set,
                                                              Invalidation::make_stale)),
                         [](const auto& test) {
                           return std::string(fills()[static_cast<std::size_t>(std::get<0>(test.param))].name) + "_" +
                                  kInvalidationNames[static_cast<int>(std::get<1>(test.param))];
                         });

// The other side: an invalidation that has its number and has not yet written it.
TEST(Fenced, I6_ALoadThatBeginsWhileAnInvalidationIsUnderWayIsNotServedAnOlderValue) {
  Opened store("memory:?size=1MiB");
  const std::vector<std::string> tags = {"t"};
  const std::string old = checkable(kKey, 100, 1);
  auto before = request(kKey, old);
  before.tags = tags;
  ASSERT_EQ(store->put(before), Reason::stored);
  Stage stage;
  ASSERT_TRUE(stage.play({"tags.number_taken", 1}, [&] { store->invalidate_tag("t"); }));
  const Acquire a = store->acquire(kKey, 1h);
  const std::string fresh = checkable(kKey, 100, 2);
  auto fill = request(kKey, fresh);
  fill.tags = tags;
  fill.lease = a.lease;
  EXPECT_EQ(store->put(fill), Reason::stored) << "it read after the invalidation was called";
  stage.release();
  stage.join();
  std::string value;
  ASSERT_TRUE(store->get(kKey, kNow, value).found);
  EXPECT_EQ(value, fresh);
}

// ... and a sum is no load: it is made of the entry, so it was read when the entry was, however late it is stored.
TEST(Fenced, I3_ASumOfAnEntryDoesNotOutliveAnInvalidationThatWasUnderWay) {
  for (const bool clear : {false, true}) {
    const Cache cache = open("memory:?size=1MiB");
    ASSERT_EQ(cache.set("visits", std::int64_t{5}, {.tags = {"t"}}), Reason::stored);
    Stage stage;
    ASSERT_TRUE(stage.play({"tags.number_taken", 1}, [&] { clear ? cache.clear() : cache.invalidate_tag("t"); }));
    ASSERT_EQ(cache.increment("visits").reason(), Reason::stored) << "the invalidation has not returned";
    stage.release();
    stage.join();
    EXPECT_EQ(cache.get<std::int64_t>("visits").reason(), Reason::miss_invalidated) << (clear ? "clear" : "tag");
    const Result<std::int64_t> anew = cache.increment("visits", 1, {.tags = {"t"}});
    ASSERT_TRUE(anew);
    EXPECT_EQ(*anew, 1);
  }
}

}  // namespace
}  // namespace freshet::witness
