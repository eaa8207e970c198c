// docs/guides/memoize.md as a program: functions that remember their results.
#include "claims.h"

#include <freshet/freshet.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>

namespace {

using freshet::Reason;

void remember() {
  guide::chapter("A function that remembers");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  int calls = 0;
  // [snippet memoize]
  freshet::Options options;
  options.ttl = std::chrono::hours(1);
  auto price = cache.memoize(
      "price", [&](int product, const std::string& currency) { return ++calls * product + int(currency.size()); },
      options);

  const int first = price(42, "EUR");         // calls the function; the key is price(42,3:EUR)
  const int again = price(42, "EUR");         // does not
  price.invalidate(42, "EUR");                // forgets this one
  price.invalidate_all();                     // forgets all prices, in one step
  const int now = price.uncached(42, "EUR");  // calls the function; reads and stores nothing
  // [/snippet]
  guide::claim(first == again && calls == 2, "two calls of the function: the first and the uncached one");
  guide::claim(now != first, "uncached() asked the function itself");
  guide::claim(price.result(42, "EUR").reason() == Reason::loaded, "invalidated: it is called again");
  guide::claim(price.result(42, "EUR").reason() == Reason::hit, "result() gives the Reason too");
  guide::claim(price.key(42, "EUR") == "price(42,3:EUR)", "the key can be read, and looked up with explain");
}

void arguments() {
  guide::chapter("Keys that cannot be confused");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  auto pair = cache.memoize("pair", [](int a, int b) { return a * 100 + b; });
  guide::claim(pair(1, 23) == 123 && pair(12, 3) == 1203, "f(1,23) is not f(12,3)");
  auto join = cache.memoize("join", [](const std::string& a, const std::string& b) { return a + "|" + b; });
  guide::claim(join("a,b", "c") != join("a", "b,c"), "nor f(\"a,b\",\"c\") f(\"a\",\"b,c\")");
  guide::claim(join.key("EUR", "") == join.key(std::string("EUR"), std::string()), "a literal and a string are equal");

  guide::chapter("Arguments count as they are passed");
  auto half = cache.memoize("half", [](double x) { return x / 2; });
  half(1.0);
  std::cout << "  " << half.key(1.0) << " and " << half.key(1) << '\n';
  guide::claim(half.result(1).reason() == Reason::loaded, "f(1) and f(1.0) are two entries, whatever f takes");

  guide::chapter("Nothing is remembered too");
  int calls = 0;
  auto find = cache.memoize("find", [&](int) -> std::optional<std::string> {
    ++calls;
    return std::nullopt;
  });
  guide::claim(!find(7) && !find(7) && calls == 1, "nullopt is a result like any other");
}

void namespaces() {
  guide::chapter("One name, one function, per namespace");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  auto blue = cache.namespaced("blue").memoize("colour", [] { return std::string("blue"); });
  auto green = cache.namespaced("green").memoize("colour", [] { return std::string("green"); });
  guide::claim(blue() == "blue" && green() == "green", "another namespace may use the same name");
  blue.invalidate_all();
  guide::claim(green.result().reason() == Reason::hit, "and is not touched by invalidate_all()");
}

}  // namespace

int main() {
  remember();
  arguments();
  namespaces();
  return guide::verdict();
}
