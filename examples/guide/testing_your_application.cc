// docs/guides/testing-your-application.md as a program: the testing kit, used as in a test of yours.
#include "claims.h"

#include <freshet/freshet.h>
#include <freshet/testing.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using freshet::Reason;
using namespace std::chrono_literals;

// The application under test: it is given its cache.
class Weather {
 public:
  explicit Weather(freshet::Cache cache) : cache_(std::move(cache)) {}
  std::string at(const std::string& place) {
    freshet::Options options;
    options.ttl = 10min;
    options.stale_while_revalidate = 1h;
    return *cache_.get_or_load<std::string>(
        place, [asked = asked_, place] { return place + " " + std::to_string(++*asked); }, options);
  }
  int asked() const { return *asked_; }

 private:
  freshet::Cache cache_;
  std::shared_ptr<int> asked_ = std::make_shared<int>(0);
};

void time_and_background() {
  guide::chapter("Time that you move, work that you run");
  // [snippet clock]
  auto clock = std::make_shared<freshet::testing::ManualClock>();
  auto executor = std::make_shared<freshet::testing::ManualExecutor>();
  freshet::CacheOptions options;
  options.clock = clock;
  options.executor = executor;
  Weather weather(freshet::open(freshet::testing::in_process_store(), options));

  weather.at("Oslo");     // "Oslo 1": loaded
  clock->advance(11min);  // past the ttl, without waiting for it
  weather.at("Oslo");     // "Oslo 1": stale, and its refresh waits in the executor
  executor->run_all();    // the refresh runs, here and now
  weather.at("Oslo");     // "Oslo 2"
  // [/snippet]
  guide::claim(weather.at("Oslo") == "Oslo 2" && weather.asked() == 2, "two loads, at the moments that the test chose");
}

void switched_off() {
  guide::chapter("The cache switched off");
  // [snippet null]
  Weather weather(freshet::open("null:"));  // or freshet::testing::null_store()
  weather.at("Oslo");
  weather.at("Oslo");
  // [/snippet]
  guide::claim(weather.asked() == 2, "every call loads");
}

void broken() {
  guide::chapter("The cache broken");
  // [snippet chaos]
  auto store =
      freshet::testing::chaos_store(freshet::testing::in_process_store(), {.fail_gets = 0.5, .fail_puts = 0.5});
  freshet::Cache cache = freshet::open(store);
  int wrong = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string place = "place " + std::to_string(i % 10);
    if (*cache.get_or_load<std::string>(place, [&] { return place; }) != place) ++wrong;
  }
  // [/snippet]
  guide::claim(wrong == 0, "a failing store costs loads, never answers");
  const freshet::Stats stats = cache.stats();
  std::cout << "  miss_store_failed " << stats[Reason::miss_store_failed] << ", refused_store_failed "
            << stats[Reason::refused_store_failed] << '\n';
  guide::claim(stats[Reason::miss_store_failed] > 0 && stats[Reason::refused_store_failed] > 0, "and is counted");
  store->set({.fail_gets = 1.0});
  guide::claim(cache.get<std::string>("place 1").reason() == Reason::miss_store_failed,
               "it can be told to fail always");
  store->set({});
  cache.set("place 1", std::string("place 1"));
  guide::claim(cache.get<std::string>("place 1").has_value(), "and to be well again");

  std::vector<freshet::Duration> delays;
  freshet::testing::ChaosOptions slow;
  slow.delay = 50ms;
  slow.sleeper = [&](freshet::Duration span) { delays.push_back(span); };  // a test notes it; a load test would sleep
  store->set(slow);
  cache.get<std::string>("place 1");
  guide::claim(delays.size() == 1 && delays[0] == 50ms, "or to be slow");
  store->set({});
}

void watching() {
  guide::chapter("What happened, in order");
  freshet::Cache cache = freshet::open(freshet::testing::in_process_store());
  // [snippet events]
  std::vector<std::string> seen;
  const freshet::Subscription listening = cache.on_event([&](const freshet::Event& event) {
    seen.push_back(std::string(freshet::name(event.reason)) + " " + std::string(event.key));
  });
  cache.get_or_load<std::string>("Oslo", [] { return std::string("rain"); });
  // [/snippet]
  for (const std::string& event : seen) std::cout << "  " << event << '\n';
  guide::claim(seen == std::vector<std::string>{"loaded Oslo", "stored Oslo", "miss_absent Oslo"},
               "one load is three events: loaded, stored, and why the lookup missed");
}

}  // namespace

int main() {
  time_and_background();
  switched_off();
  broken();
  watching();
  return guide::verdict();
}
