// The segment store as its callers see it, in one process: what is stored comes back whole or not at all, in every
// size, under eviction, and by the rules of fences and versions.
#include "store/segment_store.h"

#include "store/open.h"

#include <freshet/error.h>

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

const Instant kNow{Duration(1'700'000'000'000'000)};

std::shared_ptr<Store> memory(std::string_view size = "1MiB") {
  return open_store("memory:?size=" + std::string(size));
}

Meta fresh_for(Duration ttl, Instant now = kNow) { return {now, add(now, ttl), add(now, ttl), 0us, 7, 0}; }

PutRequest request(std::string_view key, std::string_view value, const Meta& meta = fresh_for(1h)) {
  PutRequest r;
  r.key = key;
  r.value = std::as_bytes(std::span(value));
  r.meta = meta;
  return r;
}

std::string joined(const PinnedValue& pinned) {
  std::string all;
  for (const auto& piece : pinned.pieces()) {
    all.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  return all;
}

// A value that tells its key and size: any mixture of two differs from both.
std::string checkable(std::string_view key, std::size_t bytes, unsigned salt = 0) {
  std::string value(bytes, '\0');
  std::uint64_t state = std::hash<std::string_view>{}(key) ^ bytes * 0x9E3779B97F4A7C15 ^ salt;
  for (char& c : value) {
    state = state * 6364136223846793005 + 1442695040888963407;
    c = static_cast<char>(state >> 56);
  }
  return value;
}

TEST(SegmentStore, ReturnsExactlyWhatWasPutWithItsMeta) {
  const auto store = memory();
  Meta meta = fresh_for(90s);
  meta.keep_until = add(meta.fresh_until, 10s);
  meta.load_cost = 1234us;
  ASSERT_EQ(store->put(request("k", "value", meta)), Reason::stored);
  std::string value = "old content";
  const Fetch fetch = store->get("k", kNow, value);
  ASSERT_TRUE(fetch.found);
  EXPECT_EQ(value, "value");
  EXPECT_EQ(fetch.meta.fresh_until, meta.fresh_until);
  EXPECT_EQ(fetch.meta.keep_until, meta.keep_until);
  EXPECT_EQ(fetch.meta.load_cost, 1234us);
  EXPECT_EQ(fetch.meta.content, 7U);
}

TEST(SegmentStore, KeepsValuesOfEverySizeUpToAQuarterOfTheCapacity) {
  const auto store = memory();
  std::string value;
  for (std::size_t bytes = 0; bytes <= 256 * 1024; bytes = bytes < 5000 ? bytes + 7 : bytes + 8191) {
    const std::string key = "size " + std::to_string(bytes);
    const std::string put = checkable(key, bytes);
    ASSERT_EQ(store->put(request(key, put)), Reason::stored) << bytes;
    ASSERT_TRUE(store->get(key, kNow, value).found) << bytes;
    ASSERT_EQ(value, put) << bytes;
  }
  const std::string too_large(256 * 1024 + 1, 'x');
  EXPECT_EQ(store->put(request("large", too_large)), Reason::refused_too_large);
}

TEST(SegmentStore, KeepsKeysOfEverySizeUpToTheLongest) {
  const auto store = memory("8MiB");
  std::string value;
  for (std::size_t bytes = 1; bytes <= kMaxStoredKeyBytes; bytes = bytes * 3 / 2 + 1) {
    const std::string key = checkable("k", bytes);
    ASSERT_EQ(store->put(request(key, "v" + std::to_string(bytes))), Reason::stored) << bytes;
    ASSERT_TRUE(store->get(key, kNow, value).found) << bytes;
    EXPECT_EQ(value, "v" + std::to_string(bytes));
  }
  EXPECT_EQ(store->put(request("", "v")), Reason::refused_bad_key);
  EXPECT_EQ(store->put(request(std::string(kMaxStoredKeyBytes + 1, 'k'), "v")), Reason::refused_bad_key);
  EXPECT_EQ(store->get("", kNow, value).reason, Reason::miss_bad_key);
}

TEST(SegmentStore, AgreesWithAModelUnderRandomOperationsAndEviction) {
  const auto store = memory();
  std::map<std::string, std::string> model;
  std::mt19937 random(42);
  std::string value;
  std::uint64_t hits = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string key = "key " + std::to_string(random() % 3000);
    switch (random() % 8) {
      case 0:
        store->erase(key);
        model.erase(key);
        break;
      case 1:
      case 2: {
        const std::size_t bytes = random() % 100 == 0 ? random() % 40'000 : random() % 1500;
        const std::string put = checkable(key, bytes, static_cast<unsigned>(i));
        ASSERT_EQ(store->put(request(key, put)), Reason::stored);
        model[key] = put;
        break;
      }
      default:
        if (store->get(key, kNow, value).found) {
          ++hits;
          const auto expected = model.find(key);
          ASSERT_NE(expected, model.end()) << "an erased key came back: " << key;
          ASSERT_EQ(value, expected->second) << key;
        }
    }
  }
  EXPECT_GT(hits, 5'000U);
  const Stats stats = store->stats();
  EXPECT_GT(stats[Reason::evicted_unused] + stats[Reason::evicted_cold], 100U);
}

TEST(SegmentStore, EvictedEntriesTellSo) {
  const auto store = memory();
  const std::string kilobyte(1000, 'x');
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(store->put(request("k" + std::to_string(i), kilobyte)), Reason::stored);
  // Those that left lately; the memory of them is bounded, and may lose single ones.
  int left = 0;
  int tell = 0;
  int others_tell = 0;
  std::string value;
  for (int i = 2500; i < 3000; ++i) {
    const Fetch fetch = store->get("k" + std::to_string(i), kNow, value);
    left += fetch.found ? 0 : 1;
    tell += fetch.reason == Reason::miss_evicted ? 1 : 0;
    others_tell += store->get("never seen " + std::to_string(i), kNow, value).reason == Reason::miss_evicted ? 1 : 0;
  }
  EXPECT_GT(left, 300);
  EXPECT_GT(tell, left / 2);
  EXPECT_LT(others_tell, 10);
}

TEST(SegmentStore, WhatIsReadAgainSurvivesAScan) {
  const auto store = memory();
  const std::string kilobyte(1000, 'x');
  std::string value;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(store->put(request("hot" + std::to_string(i), kilobyte)), Reason::stored);
  for (int scan = 0; scan < 5000; ++scan) {
    for (int i = 0; scan % 20 == 0 && i < 20; ++i) store->get("hot" + std::to_string(i), kNow, value);
    ASSERT_EQ(store->put(request("scan" + std::to_string(scan), kilobyte)), Reason::stored);
  }
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(store->get("hot" + std::to_string(i), kNow, value).found) << i;
}

TEST(SegmentStore, ExpiredMemoryComesBackBeforeLivingEntriesLeave) {
  const auto store = memory();
  const std::string kilobyte(1000, 'x');
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(store->put(request("long" + std::to_string(i), kilobyte, fresh_for(24h))), Reason::stored);
  }
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(store->put(request("short" + std::to_string(i), kilobyte, fresh_for(10s))), Reason::stored);
  }
  const Instant later = add(kNow, 11s);
  for (int i = 0; i < 350; ++i) {
    ASSERT_EQ(store->put(request("new" + std::to_string(i), kilobyte, fresh_for(24h, later))), Reason::stored);
  }
  std::string value;
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(store->get("long" + std::to_string(i), later, value).found) << i;
  EXPECT_GT(store->stats()[Reason::evicted_expired], 200U);
}

TEST(SegmentStore, AfterAClearAllOfTheMemoryIsThereForWhatComesNext) {
  const auto store = memory();
  const std::string kilobyte(1000, 'x');
  // Full, and settled: the main queue stands still, for nothing in it is read.
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(store->put(request("old" + std::to_string(i), kilobyte)), Reason::stored);
  const auto held = static_cast<int>(store->stats().entries);
  store->clear();
  for (int i = 0; i < held * 9 / 10; ++i) {
    ASSERT_EQ(store->put(request("new" + std::to_string(i), kilobyte)), Reason::stored);
  }
  std::string value;
  int found = 0;
  for (int i = 0; i < held * 9 / 10; ++i) found += store->get("new" + std::to_string(i), kNow, value).found ? 1 : 0;
  EXPECT_EQ(found, held * 9 / 10);
}

TEST(SegmentStore, OverwritingOneKeyDoesNotEvictOthers) {
  const auto store = memory();
  const std::string small(1000, 'x');
  const std::string large(100'000, 'y');
  for (int i = 0; i < 50; ++i) ASSERT_EQ(store->put(request("k" + std::to_string(i), small)), Reason::stored);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(store->put(request("rewritten", large)), Reason::stored);
  std::string value;
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(store->get("k" + std::to_string(i), kNow, value).found) << i;
}

TEST(SegmentStore, AnExpiredEntryIsAMissWithItsReason) {
  const auto store = memory();
  Meta meta = fresh_for(10s);
  meta.keep_until = add(kNow, 20s);
  store->put(request("k", "v", meta));
  std::string value;
  EXPECT_TRUE(store->get("k", add(kNow, 15s), value).found) << "stale, but kept";
  const Fetch gone = store->get("k", add(kNow, 21s), value);
  EXPECT_FALSE(gone.found);
  EXPECT_EQ(gone.reason, Reason::miss_expired);
  store->remember_miss("k", gone.reason, kNow);
  EXPECT_EQ(store->explain("k", kNow).last_miss, Reason::miss_expired);
}

TEST(SegmentStore, RetimeMakesStaleAndLivesOn) {
  const auto store = memory();
  store->put(request("k", "v", fresh_for(10s)));
  EXPECT_EQ(store->retime("k", kNow, {kNow, add(kNow, 1h)}), Reason::updated);
  std::string value;
  const Fetch fetch = store->get("k", add(kNow, 30min), value);
  ASSERT_TRUE(fetch.found);
  EXPECT_EQ(fetch.meta.fresh_until, kNow);
  EXPECT_EQ(store->retime("absent", kNow, {}), Reason::refused_absent);
}

TEST(SegmentStore, AnEntryWhoseHeaderHasNoPlaceForItsNewTimesIsWrittenAnew) {
  const auto store = memory();
  const std::vector<std::string> tags = {"t", "another"};
  auto put = request("k", "small", fresh_for(20s));  // dies when it stops being fresh: one time in its header
  put.tags = tags;
  ASSERT_EQ(store->put(put), Reason::stored);
  Retime stale;
  stale.fresh_until = kNow;
  ASSERT_EQ(store->retime("k", kNow, stale), Reason::updated);
  std::string value;
  const Fetch fetch = store->get("k", add(kNow, 19s), value);
  ASSERT_TRUE(fetch.found);
  EXPECT_EQ(value, "small");
  EXPECT_EQ(fetch.meta.fresh_until, kNow);
  EXPECT_EQ(fetch.meta.keep_until, add(kNow, 20s));
  EXPECT_EQ(store->explain("k", kNow).tags, tags);
  EXPECT_EQ(store->stats().entries, 1U);
  store->invalidate_tag("another");
  EXPECT_EQ(store->get("k", kNow, value).reason, Reason::miss_invalidated);
}

TEST(SegmentStore, TagsNamespacesAndClearInvalidateWhatCameBefore) {
  const auto store = memory();
  const std::vector<std::string> tags = {"product:42", "shop"};
  auto tagged = request("a", "v");
  tagged.tags = tags;
  store->put(request("b", "v"));
  std::string value;
  // Tags that share a slot are invalidated together, and the segment's secret decides which do: most do not.
  int apart = 0;
  for (int i = 0; i < 10; ++i) {
    store->put(tagged);
    store->invalidate_tag("other:" + std::to_string(i));
    apart += store->get("a", kNow, value).found ? 1 : 0;
  }
  EXPECT_GE(apart, 8);
  store->put(tagged);
  EXPECT_EQ(store->explain("a", kNow).tags, tags);
  store->invalidate_tag("product:42");
  EXPECT_EQ(store->get("a", kNow, value).reason, Reason::miss_invalidated);
  EXPECT_TRUE(store->get("b", kNow, value).found);
  store->put(tagged);
  EXPECT_TRUE(store->get("a", kNow, value).found) << "what is stored afterwards is valid";
  store->clear();
  EXPECT_EQ(store->get("a", kNow, value).reason, Reason::miss_invalidated);
  EXPECT_EQ(store->get("b", kNow, value).reason, Reason::miss_invalidated);
}

std::vector<std::uint64_t> words_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(std::uint64_t));
  return words;
}

TEST(SegmentStore, I5_InvalidatingChangesTwoWordsOfTheSegmentHoweverManyEntriesItReaches) {
  const std::string name = "test-o1-" + std::to_string(::getpid());
  const std::string path = "/dev/shm/freshet." + name;
  const auto store = open_store("shared:" + name + "?size=2MiB");
  const std::vector<std::string> tags = {"all"};
  int stored = 0;
  for (const int entries : {10, 5000}) {
    for (; stored < entries; ++stored) {
      const std::string key = "k" + std::to_string(stored);
      auto put = request(key, "v");
      put.tags = tags;
      ASSERT_EQ(store->put(put), Reason::stored);
    }
    for (const bool everything : {false, true}) {
      const auto before = words_of(path);
      everything ? store->clear() : store->invalidate_tag("all");
      const auto after = words_of(path);
      ASSERT_EQ(before.size(), after.size());
      std::size_t changed = 0;
      for (std::size_t i = 0; i < before.size(); ++i) changed += before[i] != after[i] ? 1U : 0U;
      EXPECT_LE(changed, 2U) << "the sequence and the slot: " << entries << " entries";
      std::string value;
      EXPECT_EQ(store->get("k1", kNow, value).reason, Reason::miss_invalidated);
    }
    stored = 0;
  }
  ::unlink(path.c_str());
}

TEST(SegmentStore, FencedFillIsRefusedWhateverMovedSinceTheLease) {
  const auto store = memory();
  const std::vector<std::string> tags = {"t"};
  const auto fill = [&](const Lease& lease) {
    auto r = request("k", "v");
    r.tags = tags;
    r.lease = lease;
    return store->put(r);
  };
  std::string value;
  Acquire a = store->acquire("k", 30s);
  ASSERT_EQ(a.status, Acquire::Status::granted);
  store->invalidate_tag("t");  // the tag is named only by the fill
  EXPECT_EQ(fill(a.lease), Reason::refused_invalidated);
  a = store->acquire("k", 30s);
  store->clear();
  EXPECT_EQ(fill(a.lease), Reason::refused_invalidated);
  a = store->acquire("k", 30s);
  store->erase("k");
  EXPECT_EQ(fill(a.lease), Reason::refused_key_changed);
  a = store->acquire("k", 30s);
  store->put(request("k", "written meanwhile"));
  EXPECT_EQ(fill(a.lease), Reason::refused_key_changed);
  ASSERT_TRUE(store->get("k", kNow, value).found);
  EXPECT_EQ(value, "written meanwhile");
  a = store->acquire("k", 30s);
  EXPECT_EQ(fill(a.lease), Reason::stored);
  EXPECT_EQ(fill(a.lease), Reason::refused_lease_lost) << "a lease is good for one fill";
}

TEST(SegmentStore, OneLeasePerKeyAndItsEndReachesTheWaiter) {
  const auto store = memory();
  const Acquire owner = store->acquire("k", 30s);
  ASSERT_EQ(owner.status, Acquire::Status::granted);
  const Acquire other = store->acquire("k", 30s);
  ASSERT_EQ(other.status, Acquire::Status::busy);
  EXPECT_EQ(store->wait("k", other.lease, 1ms).end, LoadEnd::timeout);
  Waited waited;
  std::thread waiter([&] { waited = store->wait("k", other.lease, 60s); });
  store->release("k", owner.lease, LoadEnd::failed, "the database is gone");
  waiter.join();
  EXPECT_EQ(waited.end, LoadEnd::failed);
  EXPECT_EQ(waited.message, "the database is gone");
  EXPECT_EQ(store->acquire("k", 30s).status, Acquire::Status::granted);
}

TEST(SegmentStore, AnOverdueLeaseIsTakenOver) {
  const auto store = memory();
  const Acquire slow = store->acquire("k", 0us);
  const Acquire ticket = store->acquire("k", 30s);
  ASSERT_EQ(ticket.status, Acquire::Status::granted);
  EXPECT_TRUE(ticket.lease.taken_over);
  auto late = request("k", "late");
  late.lease = slow.lease;
  EXPECT_EQ(store->put(late), Reason::refused_lease_lost);
}

TEST(SegmentStore, CompareAndSetSeesEveryWrite) {
  const auto store = memory();
  store->put(request("k", "1"));
  std::string value;
  const std::uint64_t version = store->get("k", kNow, value).meta.version;
  auto swap = request("k", "2");
  swap.mode = PutMode::if_version;
  swap.meta.version = version;
  EXPECT_EQ(store->put(swap), Reason::stored);
  EXPECT_EQ(store->put(swap), Reason::refused_version);
  auto add = request("k", "3");
  add.mode = PutMode::add;
  EXPECT_EQ(store->put(add), Reason::refused_exists);
  auto replace = request("absent", "3");
  replace.mode = PutMode::replace;
  EXPECT_EQ(store->put(replace), Reason::refused_absent);
}

TEST(SegmentStore, APinnedValueStaysWhileItsEntryIsEvictedAndOverwritten) {
  const auto store = memory();
  const std::string put = checkable("pinned", 100'000);
  store->put(request("pinned", put));
  Fetch fetch;
  auto pinned = store->pin("pinned", kNow, fetch);
  ASSERT_NE(pinned, nullptr);
  store->put(request("pinned", "another value"));
  const std::string filler(5000, 'f');
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(store->put(request("f" + std::to_string(i), filler)), Reason::stored);
  EXPECT_EQ(joined(*pinned), put);
  pinned.reset();
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(store->put(request("g" + std::to_string(i), filler)), Reason::stored);
}

TEST(SegmentStore, MorePinsThanPlacesAreCopies) {
  const auto store = memory();
  store->put(request("k", "value"));
  std::vector<std::unique_ptr<PinnedValue>> pins;
  Fetch fetch;
  for (int i = 0; i < 600; ++i) {
    pins.push_back(store->pin("k", kNow, fetch));
    ASSERT_NE(pins.back(), nullptr);
    EXPECT_EQ(joined(*pins.back()), "value");
  }
}

TEST(SegmentStore, MoreMemoryThanThereIsIsAnErrorAtStart) {
  try {
    open_store("memory:?size=1000GiB");
    FAIL() << "a machine with 1000 GiB to spare?";
  } catch (const ConfigError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("memory:?size=1000GiB"), std::string::npos) << what;
    EXPECT_NE(what.find("available"), std::string::npos) << what;
    EXPECT_NE(what.find("file:/path"), std::string::npos) << what;
  }
}

TEST(SegmentStore, I1_SmallEntriesFillTheMemoryAndTheirIndexTakesThirteenBytesEach) {
  const auto store = memory("16MiB");
  const std::string value(100, 'x');
  for (int i = 0; i < 400'000; ++i) {
    const std::string number = std::to_string(i);
    store->put(request(std::string(16 - number.size(), '0') + number, value));
  }
  const Stats stats = store->stats();
  EXPECT_EQ(stats[Reason::evicted_index_full], 0U);
  EXPECT_LT(stats.bytes_index, 13.5 * static_cast<double>(stats.entries));
  EXPECT_GT(stats.bytes_used + stats.bytes_index, stats.bytes_capacity / 100 * 98);
  EXPECT_GT(stats.entries * value.size() + stats.bytes_index, stats.bytes_capacity / 2);
}

TEST(SegmentStore, RemovalsAreToldAfterThePut) {
  const auto store = memory();
  std::map<Reason, int> told;
  store->on_removal([&](std::string_view key, Reason reason) {
    EXPECT_FALSE(key.empty());
    ++told[reason];
  });
  const std::string kilobyte(1000, 'x');
  for (int i = 0; i < 2000; ++i) store->put(request("k" + std::to_string(i), kilobyte));
  EXPECT_GT(told[Reason::evicted_unused], 500);
  EXPECT_EQ(static_cast<std::uint64_t>(told[Reason::evicted_unused]), store->stats()[Reason::evicted_unused]);
}

TEST(SegmentStore, ThreadsReadingAndWritingNeverSeeAMixture) {
  const auto store = memory();
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<std::uint64_t> hits{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      std::string value;
      for (int i = 0; i < 20'000 && !stop; ++i) {
        const std::string key = "key " + std::to_string(random() % 400);
        if (random() % 3 == 0) {
          // The first bytes tell salt and size, the rest follows from them.
          const unsigned salt = static_cast<unsigned>(random());
          const std::size_t bytes = 8 + random() % 6000;
          std::string body = checkable(key, bytes, salt);
          std::string put(reinterpret_cast<const char*>(&salt), sizeof(salt));
          put += body;
          store->put(request(key, put));
        } else if (store->get(key, kNow, value).found) {
          ++hits;
          unsigned salt = 0;
          ASSERT_GE(value.size(), sizeof(salt));
          std::memcpy(&salt, value.data(), sizeof(salt));
          if (value.substr(sizeof(salt)) != checkable(key, value.size() - sizeof(salt), salt)) {
            ++wrong;
            stop = true;
          }
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(hits, 1000U);
}

}  // namespace
}  // namespace freshet
