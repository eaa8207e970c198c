// What a dead process held pinned comes back; what a living one holds stays.
#include "tests/crash/child.h"
#include "tests/crash/witness.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <vector>

namespace freshet::witness {
namespace {

struct Signals {
  std::atomic<int> pinned{0};
  std::atomic<int> unharmed{0};
  std::atomic<bool> look{false};
};

TEST(Pins, I7_MemoryPinnedByAKilledProcessComesBack) {
  const std::string url = "shared:pins-" + std::to_string(getpid()) + "?size=2MiB";
  Opened store(url);
  std::filesystem::remove(segment::parse_placement(url).path);  // children inherit the mapping
  for (int i = 0; i < 10; ++i) {
    const std::string key = "pinned " + std::to_string(i);
    ASSERT_EQ(store->put(request(key, checkable(key, 90'000, 0))), Reason::stored);
  }
  SharedPage<Signals> signals;
  const auto hold = [&] {
    std::vector<std::unique_ptr<PinnedValue>> pins;
    Fetch fetch;
    for (int i = 0; i < 10; ++i) pins.push_back(store->pin("pinned " + std::to_string(i), kNow, fetch));
    ++signals->pinned;
    await([&] { return signals->look.load(); }, 60s);
    for (int i = 0; i < 10; ++i) {
      const std::string key = "pinned " + std::to_string(i);
      const auto& pin = pins[static_cast<std::size_t>(i)];
      signals->unharmed += pin != nullptr && joined(*pin) == checkable(key, 90'000, 0) ? 1 : 0;
    }
    ++signals->pinned;
    while (true) pause();
    return 0;
  };
  Child child(hold);
  ASSERT_TRUE(await([&] { return signals->pinned == 1; }));

  const std::string filler(2000, 'f');
  const auto flush = [&](const char* name) {
    for (int i = 0; i < 3000; ++i) store->put(request(name + std::to_string(i), filler));
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(store->erase("pinned " + std::to_string(i)), Reason::erased);
  flush("a");
  Blocks blocks;
  EXPECT_EQ(audit(*store.segment, &blocks), "");
  EXPECT_GT(blocks.condemned, 100U) << "the living child's pins hold";
  signals->look = true;
  ASSERT_TRUE(await([&] { return signals->pinned == 2; }));
  EXPECT_EQ(signals->unharmed, 10) << "pinned values read whole although their entries were evicted";

  child.kill();
  EXPECT_EQ(audit(*store.segment, &blocks), "");
  EXPECT_EQ(blocks.condemned, 0U);
  const std::string large = checkable("large", 500'000, 0);
  EXPECT_EQ(store->put(request("large", large)), Reason::stored);
}

TEST(Pins, DeadOnesComeBackWithoutBeingAskedFor) {
  const std::string url = "shared:pins-" + std::to_string(getpid()) + "?size=2MiB";
  Opened store(url);
  std::filesystem::remove(segment::parse_placement(url).path);
  for (int i = 0; i < 10; ++i) store->put(request("pinned " + std::to_string(i), checkable("p", 90'000, 0)));
  SharedPage<Signals> signals;
  Child child([&] {
    std::vector<std::unique_ptr<PinnedValue>> pins;
    Fetch fetch;
    for (int i = 0; i < 10; ++i) pins.push_back(store->pin("pinned " + std::to_string(i), kNow, fetch));
    ++signals->pinned;
    while (true) pause();
    return 0;
  });
  ASSERT_TRUE(await([&] { return signals->pinned == 1; }));
  child.kill();
  // Nothing but puts: within a second or two of them the dead one is noticed.
  const std::string filler(2000, 'f');
  std::uint64_t n = 0;
  EXPECT_TRUE(await([&] {
    store->put(request("f" + std::to_string(++n), filler));
    return store.segment->processes.count() == 1;
  }));
}

TEST(Pins, AHandleInheritedByForkDoesNotLetGoOfTheChildsOwn) {
  Opened store("memory:?size=1MiB");
  ASSERT_EQ(store->put(request("k", checkable("k", 50'000, 0))), Reason::stored);
  Fetch fetch;
  auto parents = store->pin("k", kNow, fetch);
  ASSERT_NE(parents, nullptr);
  Child child([&] {
    Fetch own;
    const auto childs = store->pin("k", kNow, own);
    parents.reset();  // the copy of the parent's handle: not ours to let go
    const std::string filler(2000, 'f');
    for (int i = 0; i < 2000; ++i) store->put(request("f" + std::to_string(i), filler));
    return joined(*childs) == checkable("k", 50'000, 0) ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(joined(*parents), checkable("k", 50'000, 0));
}

TEST(Pins, ManyHeldOnesDoNotHideOneThatWasLetGo) {
  Opened store("memory:?size=4MiB");
  std::vector<std::unique_ptr<PinnedValue>> pins;
  Fetch fetch;
  for (int i = 0; i < 14; ++i) {
    const std::string key = "k" + std::to_string(i);
    ASSERT_EQ(store->put(request(key, checkable(key, 100'000, 0))), Reason::stored);
    pins.push_back(store->pin(key, kNow, fetch));
    store->erase(key);
  }
  Blocks before, after;
  audit(*store.segment, &before);
  pins.erase(pins.begin() + 2, pins.end());
  for (int i = 0; i < 200; ++i) store.segment->pool.free_unpinned(8);
  EXPECT_EQ(audit(*store.segment, &after), "");
  EXPECT_LT(after.condemned, before.condemned / 4);
}

}  // namespace
}  // namespace freshet::witness
