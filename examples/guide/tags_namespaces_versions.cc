// docs/guides/tags-namespaces-versions.md as a program: forgetting many entries in one step.
#include "claims.h"

#include <freshet/freshet.h>

#include <iostream>
#include <string>

namespace {

using freshet::Reason;

struct Shop {
  std::string page(int product) const {
    return "product " + std::to_string(product) + " costs " + std::to_string(cents) + " cents";
  }
  int cents = 1999;
};

void tags() {
  guide::chapter("One write, many entries");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  Shop shop;
  // [snippet tags]
  auto page = [&](const std::string& path, int product) {
    freshet::Options options;
    options.tags = {"catalogue", "product:" + std::to_string(product)};
    return cache.get_or_load<std::string>(
        path, [&] { return shop.page(product); }, options);
  };
  auto change_price = [&](int product, int cents) {
    shop.cents = cents;                                          // first the database, committed
    cache.invalidate_tag("product:" + std::to_string(product));  // then the tag
  };
  // [/snippet]
  page("/product/42", 42);
  page("/product/42/print", 42);
  page("/product/43", 43);
  change_price(42, 2499);
  guide::claim(cache.get<std::string>("/product/42").reason() == Reason::miss_invalidated, "one page of it is gone");
  guide::claim(cache.get<std::string>("/product/42/print").reason() == Reason::miss_invalidated, "and the other");
  guide::claim(cache.get<std::string>("/product/43").reason() == Reason::hit, "other products stay");
  guide::claim(page("/product/42", 42)->find("2499") != std::string::npos, "the next load sees the new price");
  cache.invalidate_tag("catalogue");
  guide::claim(!cache.get<std::string>("/product/43"), "a tag may span the whole shop");
}

void fence() {
  guide::chapter("A write while a load is under way");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  // [snippet fence]
  int price = 1999;
  auto shown = cache.get_or_load<int>("price:42", [&](freshet::LoadContext<int>& load) {
    const int read = price;              // this load reads the old price ...
    price = 2499;                        // ... then somebody writes the new one
    cache.invalidate_tag("product:42");  // ... and says so
    load.tag("product:42");              // named after the fact; fenced all the same
    return read;
  });
  // [/snippet]
  guide::claim(*shown == 1999, "the caller, who asked before the write, gets what was read");
  guide::claim(shown.stored() == Reason::refused_invalidated, "but it is not stored");
  auto next = cache.get_or_load<int>("price:42", [&] { return price; });
  guide::claim(*next == 2499, "so the next caller has the new price");
}

void namespaces() {
  guide::chapter("One segment, several tenants");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  // [snippet namespaces]
  freshet::Cache blue = cache.namespaced("blue");
  freshet::Cache green = cache.namespaced("green");
  freshet::Cache carts = blue.namespaced("carts");  // "blue/carts"
  blue.set("motd", std::string("blue skies"));
  green.set("motd", std::string("green fields"));
  carts.set("7", std::string("teapot"));
  blue.clear();  // all of blue, blue/carts included, in one step
  // [/snippet]
  guide::claim(blue.get<std::string>("motd").reason() == Reason::miss_invalidated, "blue is cleared");
  guide::claim(!carts.get<std::string>("7"), "and what lies within it");
  guide::claim(green.get<std::string>("motd").has_value(), "green is not");
  guide::claim(cache.get<std::string>("motd").reason() == Reason::miss_absent, "the root has keys of its own");
  cache.clear();
  guide::claim(!green.get<std::string>("motd"), "clear() at the root clears everything in the store");
  for (const char* name : {"", "a/b", "a@b"}) {
    try {
      cache.namespaced(name);
      guide::claim(false, name);
    } catch (const freshet::ConfigError& error) {
      std::cout << "  " << error.what() << '\n';
    }
  }
}

void versions() {
  guide::chapter("A deploy leaves old values behind");
  const std::string release = "2.4.0";
  // [snippet versions]
  freshet::CacheOptions options;
  options.version = release;  // or freshet::build_digest(): another executable, another version
  freshet::Cache cache = freshet::open("memory:?size=8MiB", options);
  // [/snippet]
  cache.set("greeting", std::string("hello"));
  guide::claim(cache.version() == "2.4.0", "the handle knows its version");
  freshet::Cache newer = cache.versioned("2.5.0");
  guide::claim(newer.get<std::string>("greeting").reason() == Reason::miss_absent, "the next release starts cold");
  guide::claim(cache.get<std::string>("greeting").has_value(), "the old one goes on while it still runs");
  guide::claim(!freshet::build_digest().empty(), "and a build has a name of its own");
  newer.set("greeting", std::string("good day"));
  freshet::Options tagged;
  tagged.tags = {"greetings"};
  newer.set("welcome", std::string("welcome"), tagged);
  cache.invalidate_tag("greetings");
  guide::claim(!newer.get<std::string>("welcome"), "tags span all versions");
  cache.clear();
  guide::claim(!newer.get<std::string>("greeting"), "and so does clear()");
}

}  // namespace

int main() {
  tags();
  fence();
  namespaces();
  versions();
  return guide::verdict();
}
