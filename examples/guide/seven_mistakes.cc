// docs/seven-mistakes.md as a program: each mistake that caches invite, and the line that rules it out or shows it.
#include "claims.h"

#include <freshet/freshet.h>
#include <freshet/testing.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using freshet::make_key;
using freshet::Reason;
using namespace std::chrono_literals;

struct User {
  int id = 0;
  std::string mail;
};

class Database {
 public:
  User user(int id) {
    ++queries;
    return {id, mail_};
  }
  void change_mail(int, std::string mail) { mail_ = std::move(mail); }
  std::atomic<int> queries = 0;

 private:
  std::string mail_ = "ada@example.org";
};

struct Kit {
  std::shared_ptr<freshet::testing::ManualClock> clock = std::make_shared<freshet::testing::ManualClock>();
  std::shared_ptr<freshet::testing::InlineExecutor> executor = std::make_shared<freshet::testing::InlineExecutor>();
  std::shared_ptr<Database> database = std::make_shared<Database>();
  freshet::Cache open() const {
    freshet::CacheOptions options;
    options.clock = clock;
    options.executor = executor;
    return freshet::open("memory:?size=8MiB", options);
  }
};

void stampede() {
  guide::chapter("1. The stampede");
  Kit kit;
  freshet::Cache cache = kit.open();
  Database& database = *kit.database;
  const int id = 123;
  auto ask = [&] {
    // [snippet stampede]
    auto user = cache.get_or_load<User>(make_key("user", id), [&] { return database.user(id); });
    // [/snippet]
  };
  std::vector<std::thread> requests;
  requests.reserve(8);
  for (int i = 0; i < 8; ++i) requests.emplace_back(ask);
  for (std::thread& thread : requests) thread.join();
  guide::claim(database.queries == 1, "eight requests at once, one query");
}

void old_answers() {
  guide::chapter("2. Answers that are too old");
  Kit kit;
  freshet::Cache cache = kit.open();
  auto database = kit.database;
  // [snippet old]
  freshet::Options options;
  options.ttl = 1h;             // how long a change may go unseen that nobody announced
  options.tags = {"user:123"};  // by which a change is announced
  auto user = cache.get_or_load<User>(
      "user:123", [database] { return database->user(123); }, options);
  std::cout << "served at the age of " << freshet::format_duration(user.age()) << '\n';
  // [/snippet]
  kit.clock->advance(59min);
  user = cache.get_or_load<User>(
      "user:123", [database] { return database->user(123); }, options);
  guide::claim(user.age() == 59min, "every answer tells its age");
  cache.invalidate_tag("user:123");
  guide::claim(!cache.get<User>("user:123"), "and a change that is announced shows at once");
}

void short_lives() {
  guide::chapter("3. Lives that are too short");
  Kit kit;
  freshet::Cache cache = kit.open();
  auto database = kit.database;
  // [snippet short]
  freshet::Options options;
  options.ttl = 10s;
  options.stale_while_revalidate = 1h;  // after ten seconds it is refreshed, and nobody waits for that
  auto ask = [=] {
    return cache.get_or_load<User>(
        "user:123", [=] { return database->user(123); }, options);
  };
  // [/snippet]
  ask();
  for (int minute = 0; minute < 5; ++minute) {
    kit.clock->advance(1min);
    guide::claim(ask().is_stale(), "served at once, refreshed behind it");
  }
  // [snippet short-figures]
  const freshet::Stats stats = cache.stats();
  const auto expired = stats[Reason::miss_expired];  // many of these beside few hits: the ttl is too short
  const auto evicted = stats[Reason::miss_evicted];  // many of these: the segment is too small; no ttl will help
  // [/snippet]
  guide::claim(expired == 0 && evicted == 0, "no caller ever waited for an expiry");
}

void keys() {
  guide::chapter("4. Two keys for one thing");
  Kit kit;
  freshet::Cache cache = kit.open();
  Database& database = *kit.database;
  // [snippet keys]
  // The only place that knows the key: the function.
  auto user = cache.memoize("user", [&](int id) { return database.user(id); });
  user(123);                           // stored under user(123)
  user.invalidate(123);                // erases user(123)
  std::cout << user.key(123) << '\n';  // and says it, for freshet explain
  // [/snippet]
  guide::claim(!cache.get<User>(user.key(123)), "reading and forgetting agree on the key");
}

void writes() {
  guide::chapter("5. Writes that the cache is not told of");
  Kit kit;
  freshet::Cache cache = kit.open();
  auto database = kit.database;
  freshet::Options options;
  options.tags = {"user:123"};
  auto user = [&] {
    return cache.get_or_load<User>(
        "user:123", [=] { return database->user(123); }, options);
  };
  user();
  // [snippet writes]
  database->change_mail(123, "ada@example.com");  // committed
  cache.invalidate_tag("user:123");               // in all processes, loads under way included
  // [/snippet]
  guide::claim(user()->mail == "ada@example.com", "the next answer is the new one");
}

void not_worth_it() {
  guide::chapter("6. Storing what is not worth it");
  Kit kit;
  freshet::Cache cache = freshet::open("memory:?size=1MiB");
  for (int id = 0; id < 10'000; ++id) cache.set(make_key("once", id), std::string(200, 'x'));
  Database& database = *kit.database;
  cache.get_or_load<User>("user:123", [&] { return database.user(123); });
  // [snippet worth]
  const freshet::Stats stats = cache.stats();
  const auto never_read = stats[Reason::evicted_unused];  // stored for nothing
  const freshet::Explanation user = cache.explain("user:123");
  const freshet::Duration saved = user.fetch.meta.load_cost;  // what a hit on this entry saves
  // [/snippet]
  guide::claim(never_read > 1000, "what was stored and never read is counted");
  guide::claim(saved < 1s, "and the cost of each load is known");
}

void scattered() {
  guide::chapter("7. The same cache code in twenty places");
  Kit kit;
  freshet::Cache cache = kit.open();
  auto database = kit.database;
  freshet::Options options;
  // [snippet scattered]
  auto find_user = cache.memoize(
      "user", [database](int id) { return database->user(id); }, options);
  const User user = find_user(123);  // everywhere; no cache in sight
  // [/snippet]
  guide::claim(user.id == 123 && find_user(123).id == 123 && database->queries == 1, "the call is the cache");
}

}  // namespace

int main() {
  stampede();
  old_answers();
  short_lives();
  keys();
  writes();
  not_worth_it();
  scattered();
  return guide::verdict();
}
