// docs/guides/starting.md as a program: open, load through, write, look inside.
#include "claims.h"

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

// [snippet readme]
#include "database.h"  // yours: struct Product { std::string name; int price_cents; }, and where it is kept

#include <freshet/freshet.h>

class Shop {
 public:
  Shop(std::string_view url, Database& database) : cache_(freshet::open(url)), database_(database) {}

  Product product(int id) {
    freshet::Options options;
    options.ttl = std::chrono::minutes(10);
    options.tags = {tag(id)};
    auto load = [&] { return database_.product(id); };  // runs once, however many ask
    return *cache_.get_or_load<Product>(freshet::make_key("product", id), load, options);
  }
  void rename(int id, const std::string& name) {
    database_.rename(id, name);      // first the database, committed
    cache_.invalidate_tag(tag(id));  // then the cache, for all processes of the host
  }

 private:
  static std::string tag(int id) { return "product:" + std::to_string(id); }
  freshet::Cache cache_;
  Database& database_;
};
// [/snippet]

int main() {
  using freshet::Reason;
  using guide::claim;

  guide::chapter("A class with a cache inside");
  Database shelves;
  Shop shop("memory:?size=8MiB", shelves);  // shared:shop?size=1GiB
  claim(shop.product(42).name == "teapot" && shop.product(42).name == "teapot", "asked twice");
  claim(shelves.queries == 1, "one query");
  shop.rename(42, "teapot, blue");
  claim(shop.product(42).name == "teapot, blue" && shelves.queries == 2, "a write shows at once");

  Database database;
  guide::chapter("One call around a query");
  // [snippet open-and-load]
  freshet::Cache cache = freshet::open("memory:?size=8MiB");  // shared:shop?size=1GiB for all processes of the host

  freshet::Options options;
  options.ttl = std::chrono::minutes(10);
  auto show = [&](int id) {
    auto product = cache.get_or_load<Product>(
        freshet::make_key("product", id), [&] { return database.product(id); }, options);
    std::cout << product->name << " (" << freshet::name(product.reason()) << ")\n";
    return product;
  };
  // [/snippet]
  claim(show(42).reason() == Reason::loaded, "the first call runs the loader");
  claim(show(42).reason() == Reason::hit, "the second is a hit");
  claim(database.queries == 1, "one query for both");

  guide::chapter("After a write, say so");
  // [snippet write]
  database.rename(42, "teapot, blue");
  cache.erase(freshet::make_key("product", 42));  // after the write has been committed
  // [/snippet]
  claim(show(42)->name == "teapot, blue", "the next call sees the write");

  guide::chapter("Without a loader");
  // [snippet look]
  freshet::Result<Product> found = cache.get<Product>("product(43)");
  if (found) {
    std::cout << found->name << '\n';
  } else {
    std::cout << "no value: " << freshet::name(found.reason()) << ", " << freshet::meaning(found.reason()) << '\n';
  }
  // [/snippet]
  claim(!found && found.reason() == Reason::miss_absent, "a miss is no value and a reason");
  claim(cache.set("product(43)", Product{"cup", 499}) == Reason::stored, "set() says what became of the value");
  claim(cache.get<Product>("product(43)")->name == "cup", "and get() finds it");

  guide::chapter("What a loader throws reaches the caller, and is not cached");
  for (int i = 0; i < 2; ++i) {
    bool caught = false;
    try {
      cache.get_or_load<Product>("broken", []() -> Product { throw std::runtime_error("no such table"); });
    } catch (const std::runtime_error& error) {
      caught = std::string(error.what()) == "no such table";
    }
    claim(caught, "the same exception comes out");
  }
  claim(cache.stats()[Reason::load_failed] == 2, "both calls ran the loader");

  guide::chapter("A wrong URL is an error at start that says the mend");
  for (const char* url : {"shop", "memory:?size=10KiB", "shared:?size=1GiB", "memory:?siez=8MiB"}) {
    try {
      freshet::open(url);
      claim(false, url);
    } catch (const freshet::ConfigError& error) {
      std::cout << "  " << error.what() << '\n';
    }
  }

  guide::chapter("What it did, by reason");
  // [snippet figures]
  const freshet::Stats stats = cache.stats();
  for (const Reason reason : {Reason::hit, Reason::miss_absent, Reason::loaded, Reason::load_failed, Reason::stored}) {
    std::cout << freshet::name(reason) << ' ' << stats[reason] << '\n';
  }
  // [/snippet]
  claim(stats[Reason::loaded] == 2, "two loads that went well");
  const freshet::Explanation entry = cache.explain("product(43)");
  claim(entry.fetch.found && entry.value_bytes > 0, "explain() tells of one entry");

  guide::chapter("Options of a call replace the defaults as a whole");
  // [snippet defaults]
  freshet::CacheOptions cache_options;
  cache_options.defaults.ttl = std::chrono::hours(1);
  freshet::Cache pages = freshet::open("memory:?size=8MiB", cache_options);

  freshet::Options tagged = pages.defaults();  // start from the defaults, then change
  tagged.tags = {"front-page"};
  pages.set("headline", std::string("Rain again"), tagged);
  // [/snippet]
  const freshet::Meta meta = pages.explain("headline").fetch.meta;
  claim(meta.fresh_until - meta.stored_at == std::chrono::hours(1), "a copy of defaults() keeps their ttl");
  freshet::Options bare;
  bare.tags = {"front-page"};
  pages.set("headline", std::string("Rain again"), bare);
  const freshet::Meta other = pages.explain("headline").fetch.meta;
  claim(other.fresh_until - other.stored_at == std::chrono::minutes(5), "a new Options has a ttl of five minutes");
  return guide::verdict();
}
