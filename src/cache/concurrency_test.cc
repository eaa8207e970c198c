// get_or_load among threads: one load, what waiters get, timeouts, take-over, fork. Loaders are held by gates that the
// test opens; nothing sleeps.
#include <freshet/cache.h>
#include <freshet/testing.h>

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <latch>
#include <map>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define FRESHET_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FRESHET_UNDER_TSAN 1
#endif
#endif

namespace freshet {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 64;

// Opens once, for all.
class Gate {
 public:
  void open() { promise_.set_value(); }
  void pass() const { future_.wait(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

// A store that lets a test wait until so many callers wait for a load.
class WatchedStore final : public Store {
 public:
  explicit WatchedStore(std::shared_ptr<Store> inner) : inner_(std::move(inner)) {}

  void await_waiters(int wanted) {
    for (int seen = waiting_.load(); seen < wanted; seen = waiting_.load()) waiting_.wait(seen);
  }

  Waited wait(std::string_view key, const Lease& ticket, Duration timeout) override {
    ++waiting_;
    waiting_.notify_all();
    return inner_->wait(key, ticket, timeout);
  }
  Fetch get(std::string_view key, Instant now, std::string& value) override { return inner_->get(key, now, value); }
  std::unique_ptr<PinnedValue> pin(std::string_view key, Instant now, Fetch& fetch) override {
    return inner_->pin(key, now, fetch);
  }
  Reason put(const PutRequest& request) override { return inner_->put(request); }
  Reason erase(std::string_view key) override { return inner_->erase(key); }
  Reason retime(std::string_view key, Instant now, const Retime& times) override {
    return inner_->retime(key, now, times);
  }
  Acquire acquire(std::string_view key, Duration deadline) override { return inner_->acquire(key, deadline); }
  void release(std::string_view key, const Lease& lease, LoadEnd end, std::string_view message) override {
    inner_->release(key, lease, end, message);
  }
  std::uint64_t sequence() noexcept override { return inner_->sequence(); }
  void invalidate_tag(std::string_view tag) override { inner_->invalidate_tag(tag); }
  void clear() override { inner_->clear(); }
  void count(Reason reason, std::uint64_t n) noexcept override { inner_->count(reason, n); }
  void remember_miss(std::string_view key, Reason reason, Instant at) noexcept override {
    inner_->remember_miss(key, reason, at);
  }
  void observe_load(Duration took) noexcept override { inner_->observe_load(took); }
  Stats stats() override { return inner_->stats(); }
  Explanation explain(std::string_view key, Instant now) override { return inner_->explain(key, now); }
  void on_removal(RemovalListener listener) override { inner_->on_removal(std::move(listener)); }

 private:
  const std::shared_ptr<Store> inner_;
  std::atomic<int> waiting_{0};
};

class ConcurrencyTest : public ::testing::Test {
 protected:
  ConcurrencyTest() : cache(open(store, options())) {}

  CacheOptions options() {
    CacheOptions made;
    made.clock = clock;
    return made;
  }
  template <class Body>
  static void in_threads(int count, const Body& body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
    for (std::thread& thread : threads) thread.join();
  }

  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  std::shared_ptr<WatchedStore> store = std::make_shared<WatchedStore>(testing::in_process_store());
  Cache cache;
};

TEST_F(ConcurrencyTest, OneLoadForManyThreads) {
  std::atomic<int> loads{0};
  std::atomic<int> served{0};
  in_threads(kThreads, [&](int) {
    const auto result = cache.get_or_load("k", [&] {
      ++loads;
      store->await_waiters(kThreads / 2);  // so that many surely came while it loads
      return 42;
    });
    if (*result == 42) ++served;
  });
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(served, kThreads);
  EXPECT_GE(cache.stats()[Reason::hit_coalesced], static_cast<std::uint64_t>(kThreads / 2));
}

TEST_F(ConcurrencyTest, OneLoadHoldsWithoutLuckOnManyKeys) {
  std::atomic<int> loads{0};
  in_threads(8, [&](int) {
    for (int i = 0; i < 500; ++i) {
      EXPECT_EQ(*cache.get_or_load(std::to_string(i), [&] { return (++loads, i); }), i);
    }
  });
  EXPECT_EQ(loads, 500);
}

TEST_F(ConcurrencyTest, AnExceptionReachesEveryWaiterAsItWasThrown) {
  struct NoDatabase {
    int code;
  };
  std::atomic<int> loads{0};
  std::atomic<int> caught{0};
  in_threads(8, [&](int) {
    try {
      cache.get_or_load("k", [&]() -> int {
        ++loads;
        store->await_waiters(7);
        throw NoDatabase{7};
      });
    } catch (const NoDatabase& error) {
      if (error.code == 7) ++caught;
    }
  });
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(caught, 8);
}

TEST_F(ConcurrencyTest, WaitersOfAFailedLoadTakeTheStaleValueIfTheyMay) {
  const Options options{.ttl = 1s, .stale_if_error = 60s};
  cache.set("k", 1, options);
  clock->advance(2s);
  std::atomic<int> stale{0};
  in_threads(4, [&](int) {
    const auto result = cache.get_or_load(
        "k",
        [&]() -> int {
          store->await_waiters(3);
          throw std::runtime_error("down");
        },
        options);
    if (result.reason() == Reason::stale_on_error && *result == 1) ++stale;
  });
  EXPECT_EQ(stale, 4);
}

TEST_F(ConcurrencyTest, DoNotStoreLetsWaitersLoadInParallel) {
  // The waiters' loaders wait for each other: one after another they would never finish.
  std::atomic<int> loads{0};
  std::latch together(7);
  in_threads(8, [&](int) {
    cache.get_or_load("k", [&](LoadContext<int>& load) {
      load.do_not_store();
      if (loads++ == 0) {
        store->await_waiters(7);
      } else {
        together.arrive_and_wait();
      }
      return 1;
    });
  });
  EXPECT_EQ(loads, 8);
}

TEST_F(ConcurrencyTest, AValueWithoutTtlIsSharedWithItsWaiters) {
  std::atomic<int> loads{0};
  in_threads(8, [&](int) {
    cache.get_or_load("k",
                      [&] {
                        if (++loads == 1) store->await_waiters(7);
                        return 1;
                      },
                      {.ttl = 0s, .stale_if_error = 60s});
  });
  EXPECT_EQ(loads, 1);
}

TEST_F(ConcurrencyTest, AWaiterTakesOverFromAnOwnerThatOverranItsDeadline) {
  auto impatient = options();
  impatient.lease_deadline = 5ms;
  const Cache quick = open(store, impatient);
  Gate gate;
  std::latch loading(1);
  std::thread slow([&] {
    const auto result = quick.get_or_load("k", [&] {
      loading.count_down();
      gate.pass();
      return 1;
    });
    EXPECT_EQ(*result, 1);
    EXPECT_EQ(result.stored(), Reason::refused_lease_lost);
  });
  loading.wait();
  const auto result = quick.get_or_load("k", [] { return 2; });
  EXPECT_EQ(*result, 2);
  EXPECT_EQ(result.stored(), Reason::stored);
  EXPECT_EQ(quick.stats()[Reason::load_taken_over], 1u);
  gate.open();
  slow.join();
  EXPECT_EQ(*quick.get<int>("k"), 2);
}

TEST_F(ConcurrencyTest, AnEraseDuringALoadMakesItsWaitersLoadAnew) {
  std::atomic<int> loads{0};
  Gate gate;
  std::latch loading(1);
  const auto loader = [&] {
    const int mine = ++loads;
    if (mine == 1) {
      loading.count_down();
      gate.pass();
    }
    return mine;
  };
  std::thread first([&] { EXPECT_EQ(*cache.get_or_load("k", loader), 1); });
  loading.wait();
  std::thread waiter([&] { EXPECT_EQ(*cache.get_or_load("k", loader), 2); });
  store->await_waiters(1);
  cache.erase("k");
  waiter.join();
  gate.open();
  first.join();
  EXPECT_EQ(*cache.get<int>("k"), 2) << "the outdated fill was refused";
}

TEST_F(ConcurrencyTest, SoftTimeoutServesStaleAndTheLoadIsStoredLater) {
  const Options options{.ttl = 1s, .stale_if_error = 60s, .soft_timeout = 1ms};
  cache.set("k", 1, options);
  clock->advance(2s);
  Gate gate;
  std::promise<void> stored;
  const Subscription subscription = cache.on_event([&](const Event& event) {
    if (event.reason == Reason::stored) stored.set_value();
  });
  const auto stale = cache.get_or_load(
      "k",
      [&] {
        gate.pass();
        return 2;
      },
      options);
  EXPECT_EQ(*stale, 1);
  EXPECT_EQ(stale.reason(), Reason::stale_on_timeout);
  gate.open();
  stored.get_future().wait();
  EXPECT_EQ(*cache.get<int>("k"), 2);
}

TEST_F(ConcurrencyTest, HardTimeoutEndsTheWaitOfLoaderAndWaiters) {
  const auto gate = std::make_shared<Gate>();
  const auto slow = [gate] {
    gate->pass();
    return 1;
  };
  std::atomic<int> timeouts{0};
  in_threads(3, [&](int) {
    try {
      cache.get_or_load("k", slow, {.hard_timeout = 2ms});
    } catch (const LoadTimeout&) {
      ++timeouts;
    }
  });
  EXPECT_EQ(timeouts, 3);
  EXPECT_EQ(cache.stats()[Reason::load_timed_out], 3u);
  gate->open();
  EXPECT_EQ(*cache.get_or_load("k", slow), 1) << "it waits for the load that goes on, or finds it stored";
}

TEST_F(ConcurrencyTest, WithinTheTimeoutsTheValueAndTheExceptionComeThrough) {
  const Options options{.hard_timeout = 60s};
  std::thread::id ran_on;
  const auto result = cache.get_or_load(
      "k",
      [&] {
        ran_on = std::this_thread::get_id();
        return std::string("v");
      },
      options);
  EXPECT_EQ(*result, "v");
  EXPECT_EQ(result.reason(), Reason::loaded);
  EXPECT_EQ(result.stored(), Reason::stored);
  EXPECT_NE(ran_on, std::this_thread::get_id());
  EXPECT_THROW(cache.get_or_load(
                   "bad", []() -> int { throw std::domain_error("x"); }, options),
               std::domain_error);
}

TEST_F(ConcurrencyTest, WithoutTimeoutsTheLoaderRunsOnTheCallersThread) {
  std::thread::id ran_on;
  cache.get_or_load("k", [&] {
    ran_on = std::this_thread::get_id();
    return 1;
  });
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(ConcurrencyTest, NestedLoadsDoNotWaitForTheirOwnExecutor) {
  auto narrow = options();
  narrow.executor = thread_pool(1, 1);
  const Cache one = open(store, narrow);
  const Options options{.hard_timeout = 60s};
  const auto outer = one.get_or_load(
      "outer",
      [&] {
        return *one.get_or_load(
                   "inner", [] { return 1; }, options) +
               1;
      },
      options);
  EXPECT_EQ(*outer, 2);
}

TEST_F(ConcurrencyTest, ManyWaitForWhatOthersLoadAndLoadTheRest) {
  Gate gate;
  std::latch loading(1);
  std::thread other([&] {
    cache.get_or_load("a", [&] {
      loading.count_down();
      gate.pass();
      return 1;
    });
  });
  loading.wait();
  std::vector<std::string> asked;
  const auto results = cache.get_or_load_many(std::vector<std::string>{"a", "b"}, [&](const auto& missing) {
    asked = missing;
    gate.open();
    return std::map<std::string, int>{{"b", 2}};
  });
  other.join();
  EXPECT_EQ(asked, std::vector<std::string>{"b"});
  EXPECT_EQ(*results[0], 1);
  EXPECT_EQ(*results[1], 2);
}

TEST_F(ConcurrencyTest, BackgroundLoadsMayOutliveTheirCache) {
  Gate gate;
  std::promise<void> done;
  {
    const Cache shortlived = open(store, options());
    shortlived.set("k", 1, {.ttl = 1s, .stale_while_revalidate = 60s});
    clock->advance(2s);
    shortlived.get_or_load("k",
                           [&] {
                             gate.pass();
                             done.set_value();
                             return 2;
                           },
                           {.ttl = 1s, .stale_while_revalidate = 60s});
  }
  gate.open();
  done.get_future().wait();
}

TEST_F(ConcurrencyTest, AForkedChildGoesOnWithItsOwnThreads) {
#ifdef FRESHET_UNDER_TSAN
  GTEST_SKIP() << "ThreadSanitizer does not let a child of a threaded process start threads";
#endif
  const Options options{.hard_timeout = 60s};
  cache.get_or_load(
      "before", [] { return 1; }, options);
  const pid_t child = fork();
  if (child == 0) {
    bool good = *cache.get_or_load(
                    "in child", [] { return 2; }, options) == 2;
    try {
      cache.get_or_load("bad", []() -> int { throw 3; });
      good = false;
    } catch (int) {
    }
    _exit(good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace freshet
