// The contract of Store, clause by clause. Every store runs it:
//
//     INSTANTIATE_TEST_SUITE_P(Segment, StoreContract, ::testing::Values(StoreUnderTest{"segment", [] { return ...;
//     }}));
//
// Time is the test's own: the instants given to the store never come from a clock. Only wait() and lease deadlines run
// in real time; they are waited for, never slept through.
#pragma once

#include <freshet/store.h>

#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

namespace freshet {

struct StoreUnderTest {
  std::string name;
  /// A new, empty store each time, with room for at least 1 MiB of values.
  std::function<std::shared_ptr<Store>()> make;
  /// A size that the store must refuse; 0: it takes any that fit into memory.
  std::size_t too_large_bytes = 0;
};
inline std::ostream& operator<<(std::ostream& out, const StoreUnderTest& store) { return out << store.name; }

class StoreContract : public ::testing::TestWithParam<StoreUnderTest> {
 protected:
  static constexpr Instant kNow = Instant{} + std::chrono::hours(24 * 365 * 50);
  static constexpr Duration kDeadline = std::chrono::seconds(60);

  void SetUp() override { store_ = GetParam().make(); }

  static std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
  }
  static PutRequest request(std::string_view key, std::string_view value) {
    PutRequest put;
    put.key = key;
    put.value = bytes(value);
    put.meta.stored_at = kNow;
    put.meta.fresh_until = kNow + std::chrono::seconds(10);
    put.meta.keep_until = kNow + std::chrono::seconds(60);
    put.meta.load_cost = std::chrono::milliseconds(3);
    put.meta.content = 0x01abcdef;
    return put;
  }
  Reason put(std::string_view key, std::string_view value) { return store_->put(request(key, value)); }
  Reason fill(std::string_view key, std::string_view value, const Lease& lease) {
    PutRequest put = request(key, value);
    put.lease = lease;
    return store_->put(put);
  }
  Fetch get(std::string_view key, Instant now = kNow) { return store_->get(key, now, value_); }
  Lease granted(std::string_view key, Duration deadline = kDeadline) {
    const Acquire acquired = store_->acquire(key, deadline);
    EXPECT_EQ(acquired.status, Acquire::Status::granted);
    EXPECT_NE(acquired.lease.token, 0u);
    return acquired.lease;
  }
  Lease busy(std::string_view key) {
    const Acquire acquired = store_->acquire(key, kDeadline);
    EXPECT_EQ(acquired.status, Acquire::Status::busy);
    return acquired.lease;
  }
  static std::string shown(const PinnedValue& pinned) {
    std::string all;
    for (const auto piece : pinned.pieces()) all.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return all;
  }
  LoadEnd wait(std::string_view key, const Lease& ticket) { return store_->wait(key, ticket, kDeadline).end; }

  std::shared_ptr<Store> store_;
  std::string value_;
};

// -- Entries ----------------------------------------------------------------------------------------------------------

TEST_P(StoreContract, AnEmptyStoreMissesWithAbsent) {
  const Fetch fetch = get("k");
  EXPECT_FALSE(fetch.found);
  EXPECT_EQ(fetch.reason, Reason::miss_absent);
}

TEST_P(StoreContract, GetReturnsTheBytesAndTheMetaOfTheLastPut) {
  ASSERT_EQ(put("k", "one"), Reason::stored);
  ASSERT_EQ(put("k", std::string("two\0more", 8)), Reason::stored);
  value_ = "former content";
  const Fetch fetch = get("k");
  ASSERT_TRUE(fetch.found);
  EXPECT_EQ(fetch.reason, Reason::hit);
  EXPECT_EQ(value_, std::string("two\0more", 8));
  const Meta meta = request("k", "").meta;
  EXPECT_EQ(fetch.meta.stored_at, meta.stored_at);
  EXPECT_EQ(fetch.meta.fresh_until, meta.fresh_until);
  EXPECT_EQ(fetch.meta.keep_until, meta.keep_until);
  EXPECT_EQ(fetch.meta.load_cost, meta.load_cost);
  EXPECT_EQ(fetch.meta.content, meta.content);
}

TEST_P(StoreContract, TheEmptyValueIsAValue) {
  ASSERT_EQ(put("k", ""), Reason::stored);
  value_ = "former content";
  EXPECT_TRUE(get("k").found);
  EXPECT_EQ(value_, "");
}

TEST_P(StoreContract, KeysAreBinaryAndComparedWhole) {
  const std::string with_nul("a\0b", 3);
  ASSERT_EQ(put(with_nul, "1"), Reason::stored);
  ASSERT_EQ(put("a", "2"), Reason::stored);
  ASSERT_TRUE(get(with_nul).found);
  EXPECT_EQ(value_, "1");
  ASSERT_TRUE(get("a").found);
  EXPECT_EQ(value_, "2");
  EXPECT_FALSE(get(std::string("a\0", 2)).found);
}

TEST_P(StoreContract, TheLongestKeyIsTakenAndALongerOrEmptyOneRefused) {
  const std::string longest(kMaxStoredKeyBytes, 'k');
  EXPECT_EQ(put(longest, "v"), Reason::stored);
  EXPECT_TRUE(get(longest).found);
  const std::string longer(kMaxStoredKeyBytes + 1, 'k');
  EXPECT_EQ(put(longer, "v"), Reason::refused_bad_key);
  EXPECT_EQ(get(longer).reason, Reason::miss_bad_key);
  EXPECT_EQ(put("", "v"), Reason::refused_bad_key);
  EXPECT_EQ(get("").reason, Reason::miss_bad_key);
  EXPECT_EQ(store_->acquire("", kDeadline).status, Acquire::Status::unavailable);
  EXPECT_EQ(store_->acquire(longer, kDeadline).status, Acquire::Status::unavailable);
}

TEST_P(StoreContract, AStaleEntryIsFoundUntilKeepUntilAndNotAfter) {
  ASSERT_EQ(put("k", "v"), Reason::stored);
  EXPECT_TRUE(get("k", kNow + std::chrono::seconds(11)).found);
  EXPECT_TRUE(get("k", kNow + std::chrono::seconds(59)).found);
  const Fetch fetch = get("k", kNow + std::chrono::seconds(61));
  EXPECT_FALSE(fetch.found);
  EXPECT_EQ(fetch.reason, Reason::miss_expired);
}

TEST_P(StoreContract, AnEntryThatNeverExpiresIsFoundAtTheEndOfTime) {
  PutRequest put = request("k", "v");
  put.meta.fresh_until = put.meta.keep_until = kNever;
  ASSERT_EQ(store_->put(put), Reason::stored);
  const Fetch fetch = get("k", kNow + std::chrono::hours(24 * 365 * 200));
  ASSERT_TRUE(fetch.found);
  EXPECT_EQ(fetch.meta.fresh_until, kNever);
}

TEST_P(StoreContract, TheVersionChangesWithEveryWrite) {
  put("k", "v");
  const std::uint64_t first = get("k").meta.version;
  put("k", "v");
  EXPECT_NE(get("k").meta.version, first);
}

TEST_P(StoreContract, APinOutlivesTheEntryAndShowsTheSameBytes) {
  const std::string large(200'000, 'x');
  ASSERT_EQ(put("k", large), Reason::stored);
  Fetch fetch;
  const std::unique_ptr<PinnedValue> pinned = store_->pin("k", kNow, fetch);
  ASSERT_TRUE(fetch.found && pinned != nullptr);
  EXPECT_EQ(pinned->meta().version, fetch.meta.version);
  EXPECT_EQ(pinned->meta().content, 0x01abcdefu);
  store_->erase("k");
  put("k", std::string(200'000, 'y'));
  EXPECT_EQ(shown(*pinned), large);
}

TEST_P(StoreContract, APinOfNothingIsNullWithAReason) {
  Fetch fetch;
  fetch.found = true;
  EXPECT_EQ(store_->pin("k", kNow, fetch), nullptr);
  EXPECT_FALSE(fetch.found);
  EXPECT_EQ(fetch.reason, Reason::miss_absent);
}

TEST_P(StoreContract, GetOrPinCopiesWhatIsSmallAndShowsWhatIsLarge) {
  const std::string tags[] = {"round", "red"};
  Fetch fetch;
  for (const std::size_t size : {0UL, 100UL, 101UL}) {
    PutRequest tagged = request("k", value_ = std::string(size, 'x'));
    tagged.tags = tags;
    ASSERT_EQ(store_->put(tagged), Reason::stored);
    const auto pinned = store_->get_or_pin("k", kNow, 100, value_ = "former content", fetch);
    ASSERT_TRUE(fetch.found && fetch.meta.content == 0x01abcdefu && (pinned == nullptr || size > 100)) << size;
    EXPECT_EQ(pinned != nullptr ? shown(*pinned) : value_, std::string(size, 'x'));
  }
  store_->invalidate_tag("red");
  EXPECT_TRUE(store_->get_or_pin("k", kNow, 100, value_, fetch) == nullptr && fetch.reason == Reason::miss_invalidated);
}

TEST_P(StoreContract, EraseSaysWhetherSomethingWasThere) {
  put("k", "v");
  EXPECT_EQ(store_->erase("k"), Reason::erased);
  EXPECT_FALSE(get("k").found);
  EXPECT_EQ(store_->erase("k"), Reason::refused_absent);
}

TEST_P(StoreContract, AddStoresOnlyWhereNothingIs) {
  PutRequest add = request("k", "first");
  add.mode = PutMode::add;
  EXPECT_EQ(store_->put(add), Reason::stored);
  add.value = bytes("second");
  EXPECT_EQ(store_->put(add), Reason::refused_exists);
  get("k");
  EXPECT_EQ(value_, "first");
  store_->clear();
  EXPECT_EQ(store_->put(add), Reason::stored) << "what was invalidated is not there";
}

TEST_P(StoreContract, ReplaceStoresOnlyWhereSomethingIs) {
  PutRequest replace = request("k", "v");
  replace.mode = PutMode::replace;
  EXPECT_EQ(store_->put(replace), Reason::refused_absent);
  EXPECT_FALSE(get("k").found);
  put("k", "old");
  EXPECT_EQ(store_->put(replace), Reason::stored);
  get("k");
  EXPECT_EQ(value_, "v");
}

TEST_P(StoreContract, CompareAndSetStoresOnlyOverTheVersionExpected) {
  put("k", "old");
  PutRequest cas = request("k", "new");
  cas.mode = PutMode::if_version;
  cas.meta.version = get("k").meta.version;
  EXPECT_EQ(store_->put(cas), Reason::stored);
  EXPECT_EQ(store_->put(cas), Reason::refused_version);
  store_->erase("k");
  EXPECT_EQ(kind(store_->put(cas)), ReasonKind::refuse);
  EXPECT_FALSE(get("k").found);
}

TEST_P(StoreContract, CompareAndSetLosesNoUpdateAmongThreads) {
  put("k", "0");
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      for (int done = 0; done < kEach;) {
        std::string old;
        const Fetch fetch = store_->get("k", kNow, old);
        ASSERT_TRUE(fetch.found);
        const std::string next = std::to_string(std::stoi(old) + 1);
        PutRequest cas = request("k", next);
        cas.mode = PutMode::if_version;
        cas.meta.version = fetch.meta.version;
        if (store_->put(cas) == Reason::stored) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  get("k");
  EXPECT_EQ(value_, std::to_string(kThreads * kEach));
}

TEST_P(StoreContract, RetimeChangesTheTimesGivenAndNothingElse) {
  Retime times;
  times.fresh_until = kNow;
  EXPECT_EQ(store_->retime("k", kNow, times), Reason::refused_absent);
  put("k", "v");
  EXPECT_EQ(store_->retime("k", kNow, times), Reason::updated);
  Fetch fetch = get("k");
  ASSERT_TRUE(fetch.found);
  EXPECT_EQ(fetch.meta.fresh_until, kNow);
  EXPECT_EQ(fetch.meta.keep_until, kNow + std::chrono::seconds(60));
  EXPECT_EQ(value_, "v");
  times.fresh_until = kNow + std::chrono::seconds(100);
  times.keep_until = kNow + std::chrono::seconds(200);
  EXPECT_EQ(store_->retime("k", kNow, times), Reason::updated);
  EXPECT_TRUE(get("k", kNow + std::chrono::seconds(199)).found);
}

TEST_P(StoreContract, MoreTagsOrLongerNamesThanTheLimitAreRefused) {
  PutRequest put = request("k", "v");
  std::vector<std::string> tags(kMaxTags, "t");
  put.tags = tags;
  EXPECT_EQ(store_->put(put), Reason::stored);
  tags.emplace_back("one more");
  put.tags = tags;
  EXPECT_EQ(store_->put(put), Reason::refused_too_many_tags);
  tags = {std::string(kMaxTagNamesBytes + 1, 't')};
  put.tags = tags;
  EXPECT_EQ(store_->put(put), Reason::refused_too_many_tags);
}

TEST_P(StoreContract, AValueThatIsTooLargeIsRefused) {
  if (GetParam().too_large_bytes == 0) GTEST_SKIP() << "this store takes values of any size";
  EXPECT_EQ(put("k", std::string(GetParam().too_large_bytes, 'x')), Reason::refused_too_large);
  EXPECT_FALSE(get("k").found);
}

// -- Tags and clear ---------------------------------------------------------------------------------------------------

TEST_P(StoreContract, InvalidatingATagReachesItsEntriesAndNoOthers) {
  PutRequest tagged = request("tagged", "v");
  const std::vector<std::string> tags = {"red", "round"};
  tagged.tags = tags;
  ASSERT_EQ(store_->put(tagged), Reason::stored);
  put("plain", "v");
  const std::uint64_t before = store_->sequence();
  store_->invalidate_tag("round");
  EXPECT_GT(store_->sequence(), before);
  EXPECT_EQ(get("tagged").reason, Reason::miss_invalidated);
  EXPECT_FALSE(get("tagged").found);
  EXPECT_TRUE(get("plain").found);
  ASSERT_EQ(store_->put(tagged), Reason::stored);
  EXPECT_TRUE(get("tagged").found) << "what is stored after the invalidation is valid";
}

TEST_P(StoreContract, ClearReachesEverything) {
  put("a", "v");
  put("b", "v");
  store_->clear();
  EXPECT_EQ(get("a").reason, Reason::miss_invalidated);
  EXPECT_FALSE(get("b").found);
  put("a", "v");
  EXPECT_TRUE(get("a").found);
}

TEST_P(StoreContract, AFillWithoutALeaseIsFencedByTheSequenceItGives) {
  const std::uint64_t read_at = store_->sequence();
  store_->invalidate_tag("t");
  PutRequest late = request("k", "outdated");
  const std::vector<std::string> tags = {"t"};
  late.tags = tags;
  late.sequence = read_at;
  store_->put(late);
  EXPECT_FALSE(get("k").found);
}

TEST_P(StoreContract, WhatIsMadeOfAValueIsFencedByTheSequenceThatCameWithIt) {
  const std::vector<std::string> tags = {"t"};
  PutRequest first = request("k", "1");
  first.tags = tags;
  ASSERT_EQ(store_->put(first), Reason::stored);
  store_->invalidate_tag("another");
  const Fetch fetch = get("k");
  ASSERT_TRUE(fetch.found);
  ASSERT_NE(fetch.sequence, 0U);
  PutRequest second = request("k", "2");
  second.tags = tags;
  second.sequence = fetch.sequence;
  EXPECT_EQ(store_->put(second), Reason::stored);
  EXPECT_EQ(get("k").sequence, fetch.sequence);
  store_->invalidate_tag("t");
  EXPECT_EQ(store_->put(second), Reason::refused_invalidated);
  EXPECT_FALSE(get("k").found);
}

TEST_P(StoreContract, MakingStaleSupersedesTheLoadUnderWay) {
  put("k", "old");
  const Lease lease = granted("k");
  ASSERT_EQ(store_->retime("k", kNow, {kNow, std::nullopt}), Reason::updated);
  PutRequest late = request("k", "read before");
  late.lease = lease;
  EXPECT_EQ(store_->put(late), Reason::refused_key_changed);
}

TEST_P(StoreContract, RemembersWhyAKeyWasMissed) {
  store_->remember_miss("k", Reason::miss_expired, kNow);
  EXPECT_EQ(store_->explain("k", kNow).last_miss, Reason::miss_expired);
  EXPECT_EQ(store_->explain("k", kNow).last_miss_at, kNow);
}

TEST_P(StoreContract, RemembersWhenALoadFailedApartFromMisses) {
  EXPECT_EQ(store_->failed_at("k"), std::nullopt);
  store_->remember_failure("k", kNow);
  store_->remember_miss("k", Reason::miss_expired, kNow + std::chrono::seconds(1));
  EXPECT_EQ(store_->failed_at("k"), kNow);
  EXPECT_EQ(store_->failed_at("other"), std::nullopt);
  EXPECT_EQ(store_->explain("k", kNow).last_miss, Reason::miss_expired);
  store_->remember_failure("k", kNow + std::chrono::seconds(2));
  EXPECT_EQ(store_->failed_at("k"), kNow + std::chrono::seconds(2));
}

// -- Leases -----------------------------------------------------------------------------------------------------------

TEST_P(StoreContract, OneLeasePerKeyAtATime) {
  const Lease lease = granted("k");
  EXPECT_EQ(busy("k").token, lease.token);
  granted("other");
  EXPECT_EQ(fill("k", "v", lease), Reason::stored);
  EXPECT_TRUE(get("k").found);
  EXPECT_NE(granted("k").token, lease.token) << "tokens are unique, and a stored key may be leased";
}

TEST_P(StoreContract, ALeaseIsGrantedOnceAmongManyThreads) {
  std::atomic<int> grants{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      if (store_->acquire("k", kDeadline).status == Acquire::Status::granted) ++grants;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(grants, 1);
}

TEST_P(StoreContract, WaitersAreToldHowTheLoadEnded) {
  struct Row {
    LoadEnd end;
    std::function<void(const Lease&)> finish;
  };
  const Row rows[] = {
      {LoadEnd::stored, [&](const Lease& lease) { EXPECT_EQ(fill("k", "v", lease), Reason::stored); }},
      {LoadEnd::not_stored, [&](const Lease& lease) { store_->release("k", lease, LoadEnd::not_stored); }},
      {LoadEnd::failed, [&](const Lease& lease) { store_->release("k", lease, LoadEnd::failed, "no database"); }},
      {LoadEnd::superseded, [&](const Lease& lease) { store_->release("k", lease, LoadEnd::superseded); }},
      {LoadEnd::superseded, [&](const Lease&) { put("k", "written"); }},
      {LoadEnd::superseded, [&](const Lease&) { store_->erase("k"); }},
  };
  for (const Row& row : rows) {
    const Lease lease = granted("k");
    const Lease ticket = busy("k");
    Waited waited;
    std::thread waiter([&] { waited = store_->wait("k", ticket, kDeadline); });
    row.finish(lease);
    waiter.join();
    EXPECT_EQ(waited.end, row.end);
    if (row.end == LoadEnd::failed) {
      EXPECT_EQ(waited.message, "no database");
    }
  }
}

TEST_P(StoreContract, AWaiterThatComesAfterTheEndDoesNotBlock) {
  const Lease lease = granted("k");
  const Lease ticket = busy("k");
  ASSERT_EQ(fill("k", "v", lease), Reason::stored);
  const LoadEnd end = wait("k", ticket);
  EXPECT_TRUE(end == LoadEnd::stored || end == LoadEnd::superseded);
}

TEST_P(StoreContract, AFailuresMessageKeepsAtLeastAHundredBytes) {
  const Lease lease = granted("k");
  const Lease ticket = busy("k");
  const std::string message(5'000, 'm');
  std::thread loader([&] { store_->release("k", lease, LoadEnd::failed, message); });
  const Waited waited = store_->wait("k", ticket, kDeadline);
  loader.join();
  EXPECT_GE(waited.message.size(), 100u);
  EXPECT_TRUE(message.starts_with(waited.message));
}

TEST_P(StoreContract, AWaiterGivesUpAtItsOwnDeadlineAndTheLoadGoesOn) {
  const Lease lease = granted("k");
  EXPECT_EQ(store_->wait("k", busy("k"), std::chrono::milliseconds(1)).end, LoadEnd::timeout);
  EXPECT_EQ(fill("k", "v", lease), Reason::stored);
}

TEST_P(StoreContract, AnOverdueLeaseIsTakenOverAndItsFillRefused) {
  const Lease slow = granted("k", std::chrono::milliseconds(1));
  Lease ticket;
  ticket = slow;
  EXPECT_EQ(wait("k", ticket), LoadEnd::owner_died);
  const Lease second = granted("k");
  EXPECT_TRUE(second.taken_over);
  EXPECT_NE(second.token, slow.token);
  EXPECT_EQ(fill("k", "late", slow), Reason::refused_lease_lost);
  EXPECT_EQ(fill("k", "good", second), Reason::stored);
  get("k");
  EXPECT_EQ(value_, "good");
}

TEST_P(StoreContract, AReleaseOfALostLeaseDoesNotEndItsSuccessor) {
  const Lease slow = granted("k", std::chrono::milliseconds(1));
  EXPECT_EQ(wait("k", slow), LoadEnd::owner_died);
  const Lease second = granted("k");
  store_->release("k", slow, LoadEnd::failed, "late");
  EXPECT_EQ(busy("k").token, second.token);
  EXPECT_EQ(fill("k", "v", second), Reason::stored);
}

// -- Fences -----------------------------------------------------------------------------------------------------------

TEST_P(StoreContract, NoFillSurvivesAWriteOrAnEraseThatCameAfterItsLease) {
  Lease lease = granted("k");
  put("k", "newer");
  EXPECT_EQ(fill("k", "outdated", lease), Reason::refused_key_changed);
  get("k");
  EXPECT_EQ(value_, "newer");

  lease = granted("k");
  store_->erase("k");
  EXPECT_EQ(fill("k", "outdated", lease), Reason::refused_key_changed);
  EXPECT_FALSE(get("k").found);

  lease = granted("absent");
  EXPECT_EQ(store_->erase("absent"), Reason::refused_absent);
  EXPECT_EQ(fill("absent", "outdated", lease), Reason::refused_key_changed);
}

TEST_P(StoreContract, ASupersededKeyCanBeLeasedAgainAtOnce) {
  const Lease old = granted("k");
  store_->erase("k");
  const Lease lease = granted("k");
  EXPECT_EQ(fill("k", "outdated", old), Reason::refused_key_changed);
  EXPECT_EQ(fill("k", "v", lease), Reason::stored);
  get("k");
  EXPECT_EQ(value_, "v");
}

TEST_P(StoreContract, NoFillSurvivesTheInvalidationOfATagThatItNamesAtItsEnd) {
  const Lease lease = granted("k");
  const Lease ticket = busy("k");
  store_->invalidate_tag("t");
  PutRequest late = request("k", "outdated");
  const std::vector<std::string> tags = {"t"};
  late.tags = tags;
  late.lease = lease;
  EXPECT_EQ(store_->put(late), Reason::refused_invalidated);
  EXPECT_FALSE(get("k").found);
  EXPECT_EQ(wait("k", ticket), LoadEnd::superseded);
}

TEST_P(StoreContract, NoFillSurvivesAClear) {
  const Lease lease = granted("k");
  store_->clear();
  const Reason reason = fill("k", "outdated", lease);
  EXPECT_EQ(kind(reason), ReasonKind::refuse);
  EXPECT_FALSE(get("k").found);
}

TEST_P(StoreContract, AnInvalidationBeforeTheLeaseDoesNotRefuseItsFill) {
  store_->invalidate_tag("t");
  store_->clear();
  PutRequest put = request("k", "v");
  const std::vector<std::string> tags = {"t"};
  put.tags = tags;
  put.lease = granted("k");
  EXPECT_EQ(store_->put(put), Reason::stored);
  EXPECT_TRUE(get("k").found);
}

TEST_P(StoreContract, ARefusedFillEndsItsLease) {
  PutRequest put = request("k", "v");
  const std::vector<std::string> tags(kMaxTags + 1, "t");
  put.tags = tags;
  put.lease = granted("k");
  const Lease ticket = busy("k");
  EXPECT_EQ(store_->put(put), Reason::refused_too_many_tags);
  EXPECT_EQ(wait("k", ticket), LoadEnd::not_stored);
  granted("k");
}

// -- Seeing -----------------------------------------------------------------------------------------------------------

TEST_P(StoreContract, CountersCountAndTheirCallersCountTheAnswers) {
  store_->count(Reason::hit);
  store_->count(Reason::loaded, 3);
  put("k", "v");
  get("k");
  get("absent");
  store_->erase("k");
  const Stats stats = store_->stats();
  EXPECT_EQ(stats[Reason::hit], 1u);
  EXPECT_EQ(stats[Reason::loaded], 3u);
  EXPECT_EQ(stats[Reason::stored], 0u) << "stored, refused_*, erased, hit and miss_* are counted by the cache";
  EXPECT_EQ(stats[Reason::erased], 0u);
  EXPECT_EQ(stats[Reason::miss_absent], 0u);
}

TEST_P(StoreContract, LoadTimesGoToTheirPowerOfTwo) {
  store_->observe_load(Duration(0));
  store_->observe_load(Duration(1));
  store_->observe_load(Duration(1023));
  store_->observe_load(Duration(1024));
  const Stats stats = store_->stats();
  EXPECT_EQ(stats.load_time[0], 2u);
  EXPECT_EQ(stats.load_time[9], 1u);
  EXPECT_EQ(stats.load_time[10], 1u);
  EXPECT_EQ(stats.load_time_sum_us, 2048u);
}

TEST_P(StoreContract, ExplainTellsWhatIsStoredAndWhetherItLoads) {
  PutRequest put = request("k", "value");
  const std::vector<std::string> tags = {"t"};
  put.tags = tags;
  store_->put(put);
  Explanation explanation = store_->explain("k", kNow);
  EXPECT_TRUE(explanation.fetch.found);
  EXPECT_EQ(explanation.value_bytes, 5u);
  EXPECT_EQ(explanation.tags, tags);
  EXPECT_FALSE(explanation.loading);
  const Lease lease = granted("k");
  EXPECT_TRUE(store_->explain("k", kNow).loading);
  store_->release("k", lease, LoadEnd::not_stored);
  EXPECT_FALSE(store_->explain("k", kNow).loading);
  EXPECT_EQ(store_->explain("absent", kNow).fetch.reason, Reason::miss_absent);
}

}  // namespace freshet
