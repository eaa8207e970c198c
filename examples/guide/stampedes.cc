// docs/guides/stampedes.md as a program: many callers, one load; spread expiries; early refreshes.
#include "claims.h"

#include <freshet/freshet.h>
#include <freshet/testing.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <latch>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr int kThreads = 16;

class Database {
 public:
  explicit Database(int callers) : all_here_(callers) {}
  // Goes on only when everybody has come to ask: the worst case.
  std::string front_page() {
    ++queries;
    all_here_.wait();
    return "<h1>Front page</h1>";
  }
  void arrive() { all_here_.count_down(); }
  std::atomic<int> queries = 0;

 private:
  std::latch all_here_;
};

// Takes two seconds, by the clock of this program.
class Report {
 public:
  explicit Report(std::shared_ptr<freshet::testing::ManualClock> clock) : clock_(std::move(clock)) {}
  std::string run() {
    clock_->advance(std::chrono::seconds(2));
    return "report " + std::to_string(++runs_);
  }

 private:
  std::shared_ptr<freshet::testing::ManualClock> clock_;
  int runs_ = 0;
};

void one_load() {
  guide::chapter("16 callers, one load");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  Database database(kThreads);
  std::atomic<int> answers = 0;
  std::vector<std::thread> requests;
  requests.reserve(kThreads);
  // [snippet one-load]
  // Nothing to switch on: whoever misses first loads, the others wait for that load.
  auto request = [&] {
    auto page = cache.get_or_load<std::string>("front-page", [&] { return database.front_page(); });
    if (*page == "<h1>Front page</h1>") ++answers;
  };
  // [/snippet]
  for (int i = 0; i < kThreads; ++i) {
    requests.emplace_back([&] {
      database.arrive();
      request();
    });
  }
  for (std::thread& thread : requests) thread.join();
  guide::claim(answers == kThreads, "everybody got the page");
  guide::claim(database.queries == 1, "the database was asked once");

  // [snippet figures]
  using freshet::Reason;
  const freshet::Stats stats = cache.stats();
  std::cout << "loaded " << stats[Reason::loaded]                  // the one
            << ", hit_coalesced " << stats[Reason::hit_coalesced]  // those who waited for it
            << ", hit " << stats[Reason::hit] << '\n';             // those who came later
  // [/snippet]
  guide::claim(stats[Reason::loaded] == 1, "one load is counted");
  guide::claim(stats[Reason::hit_coalesced] + stats[Reason::hit] == kThreads - 1, "and fifteen hits");
}

void failures_are_shared() {
  guide::chapter("A load that fails, fails for all who wait");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  std::latch all_here(kThreads);
  std::atomic<int> loads = 0;
  std::atomic<int> caught = 0;
  std::vector<std::thread> requests;
  requests.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    requests.emplace_back([&] {
      all_here.count_down();
      try {
        cache.get_or_load<std::string>("front-page", [&]() -> std::string {
          ++loads;
          all_here.wait();
          throw std::invalid_argument("no front page");
        });
      } catch (const std::invalid_argument&) {
        ++caught;
      }
    });
  }
  for (std::thread& thread : requests) thread.join();
  guide::claim(caught == kThreads, "each caller of this process got the loader's own exception");
  std::cout << "  " << loads << " loads for " << kThreads << " callers\n";

  guide::chapter("error_ttl remembers a failure");
  freshet::Options options;
  options.error_ttl = std::chrono::seconds(5);
  int asked = 0;
  for (int i = 0; i < 3; ++i) {
    try {
      cache.get_or_load<std::string>(
          "gone",
          [&]() -> std::string {
            ++asked;
            throw std::runtime_error("gone for good");
          },
          options);
    } catch (const std::exception& error) {
      std::cout << "  " << error.what() << '\n';
    }
  }
  guide::claim(asked == 1, "three callers within error_ttl, one load");
}

void jitter() {
  guide::chapter("Stored together, expiring apart");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  // [snippet jitter]
  freshet::Options options;
  options.ttl = std::chrono::minutes(10);
  options.jitter = std::chrono::minutes(2);  // each ttl is between 8 and 10 minutes
  for (int id = 0; id < 100; ++id) cache.set(freshet::make_key("product", id), id, options);
  // [/snippet]
  std::set<freshet::Instant> expiries;
  bool within = true;
  for (int id = 0; id < 100; ++id) {
    const freshet::Meta meta = cache.explain(freshet::make_key("product", id)).fetch.meta;
    const freshet::Duration ttl = meta.fresh_until - meta.stored_at;
    within = within && ttl > std::chrono::minutes(8) && ttl <= std::chrono::minutes(10);
    expiries.insert(meta.fresh_until);
  }
  guide::claim(within, "every ttl lies between 8 and 10 minutes");
  guide::claim(expiries.size() > 90, "hardly two expire at the same moment");
}

void early_refresh() {
  guide::chapter("Refreshed before it expires");
  auto clock = std::make_shared<freshet::testing::ManualClock>();
  auto executor = std::make_shared<freshet::testing::ManualExecutor>();
  freshet::CacheOptions cache_options;
  cache_options.clock = clock;
  cache_options.executor = executor;
  freshet::Cache cache = freshet::open("memory:?size=8MiB", cache_options);
  auto report = std::make_shared<Report>(clock);
  // [snippet early-refresh]
  freshet::Options options;
  options.ttl = std::chrono::minutes(10);
  options.early_refresh = 1.0;           // the longer a load takes, the earlier one caller refreshes it
  auto ask = [cache, report, options] {  // by value: the refresh may outlive the call
    return cache.get_or_load<std::string>(
        "report", [report] { return report->run(); }, options);
  };
  // [/snippet]
  guide::claim(ask().reason() == freshet::Reason::loaded, "loaded at first, which took two seconds");
  guide::claim(ask().reason() == freshet::Reason::hit, "long before its end it is a plain hit");
  const freshet::Instant end = cache.explain("report").fetch.meta.fresh_until;
  clock->advance(end - clock->now() - std::chrono::milliseconds(1));
  freshet::Reason reason = freshet::Reason::hit;
  for (int i = 0; i < 1000 && reason == freshet::Reason::hit; ++i)
    reason = ask().reason();  // by chance, nearly certain
  guide::claim(reason == freshet::Reason::hit_early_refresh, "just before its end a hit starts the refresh");
  guide::claim(executor->waiting() == 1, "in the background");
  executor->run_all();
  guide::claim(*ask() == "report 2", "and the new value is there before the old one has expired");
}

}  // namespace

int main() {
  one_load();
  failures_are_shared();
  jitter();
  early_refresh();
  return guide::verdict();
}
