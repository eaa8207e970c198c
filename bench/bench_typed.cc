// A typed hit beside a hit on the same bytes: what decoding a struct costs. Every call of get<T>() decodes the bytes
// that are in the segment at that moment, so nothing is ever older than they are. Run: ./dev bench typed
#include "measure/spread.h"
#include "measure/stopwatch.h"
#include "report/command_line.h"
#include "report/outcome.h"
#include "report/text_table.h"

#include <freshet/freshet.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

using namespace bench;

// Ten fields, a string and a vector.
struct Product {
  std::int64_t id = 0;
  std::int32_t width = 0;
  std::int32_t height = 0;
  std::int32_t depth = 0;
  double price = 0;
  double weight = 0;
  bool in_stock = false;
  std::int64_t sold = 0;
  std::uint16_t rating = 0;
  std::uint64_t seller = 0;
  std::string name;
  std::vector<std::int64_t> variants;
  friend bool operator==(const Product&, const Product&) = default;
};

Product a_product() {
  Product product{4711, 120, 4000, -17, 19.99, 0.25, true, 123'456'789, 48, 0x1234567890, {}, {}};
  product.name = "A product with a name of usual length";
  product.variants = {1, 20, 300, 4000, 50'000, 6, 7, 8};
  return product;
}

template <class Call>
double nanoseconds(std::uint64_t calls, Call&& call) {
  const std::int64_t before = processor_ns_of_this_thread();
  for (std::uint64_t i = 0; i < calls; ++i) call();
  return static_cast<double>(processor_ns_of_this_thread() - before) / static_cast<double>(calls);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::uint64_t rounds = 21;
    std::uint64_t calls = 100'000;
    bool json = false;
    CommandLine line("typed", "A hit on a struct beside a hit on its bytes, in time on a processor.");
    line.number("--rounds", rounds, "rounds, of which the median is taken (21)");
    line.number("--calls", calls, "gets per round (100000)");
    line.flag("--json", json, "one JSON object instead of text");
    line.parse(argc, argv);
    Outcome outcome("typed", json);
    outcome.settings() = {{"rounds", rounds}, {"calls", calls}};

    const freshet::Cache cache = freshet::open("memory:?size=64MiB");
    const Product product = a_product();
    std::string bytes;
    freshet::encode(product, bytes);
    cache.set("product", product);
    cache.set("bytes", freshet::Bytes{bytes});
    const auto back = cache.get<Product>("product");
    outcome.check("the struct came back as it was", back && *back == product);

    std::vector<double> typed;
    std::vector<double> raw;
    std::uint64_t found = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      typed.push_back(nanoseconds(calls, [&] { found += cache.get<Product>("product")->id == product.id ? 1U : 0U; }));
      raw.push_back(nanoseconds(
          calls, [&] { found += cache.get<freshet::Bytes>("bytes")->data.size() == bytes.size() ? 1U : 0U; }));
    }
    outcome.check("every get was a hit", found == 2 * rounds * calls);
    const std::vector<double> ratio = ratios(typed, raw);
    TextTable table({"a repeated hit on", "cpu ns", "least", "most"});
    for (const auto& [name, figures] : {std::pair{"the struct", typed}, std::pair{"its bytes", raw}}) {
      const Spread spread = Spread::of(figures);
      table.add({name, fixed(spread.median, 1), fixed(spread.least, 1), fixed(spread.most, 1)});
      outcome.add("hits", {{"of", name}, {"cpu_ns", json_of(spread, figures)}});
    }
    if (!json) {
      table.print();
      std::printf("%zu bytes; struct / bytes, median of the rounds: %.2f\n\n", bytes.size(), Spread::of(ratio).median);
    }
    outcome.bar("a hit on the struct, times a hit on its bytes", Spread::of(ratio).median, 2.0, true);
    return outcome.finish();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_typed: %s\n", error.what());
    return 1;
  }
}
