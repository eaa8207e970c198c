// docs/guides/stale-answers-and-timeouts.md as a program: old answers in place of errors and of waiting.
#include "claims.h"

#include <freshet/freshet.h>
#include <freshet/testing.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using freshet::Reason;
using namespace std::chrono_literals;

// Stands for a database that can be down.
class News {
 public:
  std::string fetch() {
    ++queries;
    if (down) throw std::runtime_error("database is locked");
    return "edition " + std::to_string(++edition_);
  }
  int queries = 0;
  bool down = false;

 private:
  int edition_ = 0;
};

struct Kit {
  std::shared_ptr<freshet::testing::ManualClock> clock = std::make_shared<freshet::testing::ManualClock>();
  std::shared_ptr<freshet::testing::ManualExecutor> executor = std::make_shared<freshet::testing::ManualExecutor>();
  std::shared_ptr<News> news = std::make_shared<News>();
  freshet::Cache cache = open();

  freshet::Cache open() const {
    freshet::CacheOptions options;
    options.clock = clock;
    options.executor = executor;
    return freshet::open("memory:?size=8MiB", options);
  }
};

void stale_while_revalidate() {
  guide::chapter("An expiry that nobody waits for");
  Kit kit;
  freshet::Cache cache = kit.cache;
  const std::shared_ptr<News> news = kit.news;
  // [snippet revalidate]
  freshet::Options options;
  options.ttl = 1min;
  options.stale_while_revalidate = 10min;  // up to so long after the ttl: the old value now, the new one next time
  auto page = [cache, news, options] {
    return cache.get_or_load<std::string>(
        "news", [news] { return news->fetch(); }, options);
  };
  // [/snippet]
  guide::claim(page().reason() == Reason::loaded, "loaded in the call at first: there is nothing old");
  kit.clock->advance(2min);
  auto stale = page();
  guide::claim(*stale == "edition 1" && stale.reason() == Reason::stale_revalidating,
               "past its ttl: the old one, at once");
  guide::claim(stale.is_stale() && stale.age() == 2min, "and it says so");
  page();
  guide::claim(kit.executor->waiting() == 1, "two stale answers, one refresh");
  kit.executor->run_all();
  guide::claim(*page() == "edition 2", "afterwards the new one");
  kit.clock->advance(12min);
  guide::claim(page().reason() == Reason::loaded, "past the window it is loaded in the call again");
  kit.clock->advance(2min);
  guide::claim(!cache.get<std::string>("news"), "get() never serves stale: it has no loader to refresh with");
}

void stale_if_error() {
  guide::chapter("An old answer in place of an error");
  Kit kit;
  freshet::Cache cache = kit.cache;
  News& news = *kit.news;
  // [snippet on-error]
  freshet::Options options;
  options.ttl = 1min;
  options.stale_if_error = 24h;  // up to a day after the ttl the old value stands in for a load that fails
  auto page = [&] {
    return cache.get_or_load<std::string>(
        "news", [&] { return news.fetch(); }, options);
  };
  // [/snippet]
  page();
  kit.clock->advance(2min);
  news.down = true;
  auto stale = page();
  guide::claim(*stale == "edition 1" && stale.reason() == Reason::stale_on_error, "the database is down: the old one");
  page();
  guide::claim(news.queries == 3, "but each call tries");
  // [snippet pause]
  options.error_ttl = 5s;  // after a load that failed, five seconds of old values before the next try
  // [/snippet]
  for (int i = 0; i < 10; ++i) guide::claim(page().reason() == Reason::stale_on_error, "the old one");
  guide::claim(news.queries == 4, "ten calls, one try");
  kit.clock->advance(5s);
  news.down = false;
  guide::claim(*page() == "edition 2", "up again: the new one, at the next call");
  cache.expire("news");
  news.down = true;
  guide::claim(page().reason() == Reason::stale_on_error, "expire() makes stale, and keeps the fallback");
  cache.erase("news");
  bool failed = false;
  try {
    page();
  } catch (const std::runtime_error&) {
    failed = true;
  }
  guide::claim(failed, "erase() and invalidate_tag() leave nothing to fall back on");
}

void timeouts() {
  guide::chapter("An old answer in place of waiting");
  Kit kit;
  freshet::Cache cache = kit.cache;
  const std::shared_ptr<News> news = kit.news;
  cache.set("news", std::string("yesterday"), [] {
    freshet::Options options;
    options.ttl = 1min;
    options.stale_if_error = 24h;
    return options;
  }());
  kit.clock->advance(2min);
  // Zero, so that this program need not wait; 200ms and 2s would be usual.
  const freshet::Duration a_moment = 0ms;
  const freshet::Duration too_long = 1us;
  // [snippet timeouts]
  freshet::Options options;
  options.ttl = 1min;
  options.stale_if_error = 24h;
  options.soft_timeout = a_moment;  // a load slower than this: the old value, if it may still serve
  options.hard_timeout = too_long;  // a load slower than this, and no old value: LoadTimeout
  auto page = [cache, news, options](std::string_view key) {
    return cache.get_or_load<std::string>(
        key, [news] { return news->fetch(); }, options);
  };
  // [/snippet]
  auto slow = page("news");  // nobody runs the executor: the load hangs
  guide::claim(*slow == "yesterday" && slow.reason() == Reason::stale_on_timeout, "the load hangs: the old one");
  bool timed_out = false;
  try {
    page("sports");
  } catch (const freshet::LoadTimeout& error) {
    std::cout << "  " << error.what() << '\n';
    timed_out = true;
  }
  guide::claim(timed_out, "nothing old to give: LoadTimeout");
  guide::claim(cache.stats().loads_under_way == 2, "both loads are still under way");
  kit.executor->run_all();
  guide::claim(cache.get<std::string>("news").has_value() && cache.get<std::string>("sports").has_value(),
               "and store their values when they finish");
}

void not_modified() {
  guide::chapter("Asking whether it has changed");
  Kit kit;
  freshet::Cache cache = kit.cache;
  freshet::Options options;
  options.ttl = 1min;
  options.stale_if_error = 1h;  // keeps the old value, to be asked about
  bool changed = true;
  auto ask = [&] {
    // [snippet not-modified]
    return cache.get_or_load<std::string>(
        "feed",
        [&](freshet::LoadContext<std::string>& load) {
          if (load.stale() != nullptr && !changed) return load.not_modified();  // as after a "304 Not Modified"
          load.ttl(5min);  // what the source said of its own answer
          return std::string("feed");
        },
        options);
    // [/snippet]
  };
  ask();
  guide::claim(ask().reason() == Reason::hit, "stored with the ttl that the loader gave");
  kit.clock->advance(6min);
  changed = false;
  guide::claim(ask().reason() == Reason::loaded_not_modified, "not modified: the old value is fresh again");
  guide::claim(ask().reason() == Reason::hit, "for another ttl");
}

}  // namespace

int main() {
  stale_while_revalidate();
  stale_if_error();
  timeouts();
  not_modified();
  return guide::verdict();
}
