// docs/guides/typed-values.md as a program: what can be stored, and what happens when a type changes.
#include "claims.h"

#include <freshet/freshet.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace {

// [snippet struct]
struct Address {
  std::string street;
  std::string city;
};
struct Customer {
  std::int64_t id = 0;
  std::string name;
  std::vector<Address> addresses;
  std::optional<std::string> phone;
  std::map<std::string, double> balances;
};
// [/snippet]

// The next release: one field more.
struct CustomerWithMail {
  std::int64_t id = 0;
  std::string name;
  std::vector<Address> addresses;
  std::optional<std::string> phone;
  std::map<std::string, double> balances;
  std::string mail;
};

// [snippet own-codec-type]
// A class with private members: only you can say how it is written.
class Money {
 public:
  Money() = default;
  explicit Money(std::int64_t cents) : cents_(cents) {}
  std::int64_t cents() const { return cents_; }

 private:
  std::int64_t cents_ = 0;
};
// [/snippet]

}  // namespace

// [snippet own-codec]
template <>
struct freshet::Codec<Money> {
  static void encode(Encoder& out, const Money& money) { out.integer(money.cents()); }
  static bool decode(Decoder& in, Money& money) {
    std::int64_t cents = 0;
    if (!in.integer(cents)) return false;  // not a Money: a miss, with reason miss_undecodable
    money = Money(cents);
    return true;
  }
  static void shape(Shape& shape) { shape.word("money/1"); }  // change it whenever encode() changes
};
// [/snippet]

namespace {

using freshet::Reason;

void plain_structs() {
  guide::chapter("Plain structs, as they are");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  // [snippet use]
  Customer customer{7, "Ada", {{"Rue Cler 1", "Paris"}}, std::nullopt, {{"EUR", 12.5}}};
  cache.set("customer:7", customer);
  auto back = cache.get<Customer>("customer:7");  // nothing registered, nothing generated
  // [/snippet]
  guide::claim(back && back->addresses.at(0).city == "Paris" && back->balances.at("EUR") == 12.5, "comes back whole");
  std::cout << "  " << freshet::shape_text<Customer>() << '\n';

  guide::chapter("A type that changed is a miss, not a crash");
  auto newer = cache.get<CustomerWithMail>("customer:7");
  guide::claim(!newer && newer.reason() == Reason::miss_other_shape, "another shape: miss_other_shape");
  auto loaded = cache.get_or_load<CustomerWithMail>("customer:7", [] { return CustomerWithMail{}; });
  guide::claim(loaded.reason() == Reason::loaded, "so get_or_load loads it in the new shape");
  guide::claim(cache.get<Customer>("customer:7").reason() == Reason::miss_other_shape, "which the old release misses");
}

void nothing_is_a_value() {
  guide::chapter("Nothing is a value");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  int queries = 0;
  // [snippet nothing]
  auto find_user = [&](int id) -> std::optional<std::string> {
    ++queries;
    if (id == 7) return "Ada";
    return std::nullopt;  // there is no such user
  };
  freshet::Options options;
  options.ttl = std::chrono::hours(1);
  options.negative_ttl = std::chrono::seconds(30);  // new users show soon
  auto nobody = cache.get_or_load(
      "user:8", [&] { return find_user(8); }, options);
  if (!*nobody) std::cout << "no such user\n";
  // [/snippet]
  guide::claim(nobody.stored() == Reason::stored_negative, "stored as a nothing");
  auto again = cache.get_or_load(
      "user:8", [&] { return find_user(8); }, options);
  guide::claim(again.reason() == Reason::hit && !*again && queries == 1, "the second asks nobody");
  const freshet::Meta meta = cache.explain("user:8").fetch.meta;
  guide::claim(meta.fresh_until - meta.stored_at == std::chrono::seconds(30), "with a ttl of its own");
  auto plain = cache.get<std::string>("user:8");
  guide::claim(!plain && plain.reason() == Reason::miss_other_shape, "who asks for a string does not get a nothing");
  auto missing = cache.get<std::optional<std::string>>("user:9");
  guide::claim(!missing && missing.reason() == Reason::miss_absent, "a miss is something else");
  cache.set("user:7", std::string("Ada"));
  guide::claim(cache.get<std::optional<std::string>>("user:7")->has_value(),
               "T and optional<T> read each other's values");
}

void other_types() {
  guide::chapter("Your own codec, and bytes as they are");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  cache.set("price", Money(1999));
  guide::claim(cache.get<Money>("price")->cents() == 1999, "a class with private members");
  cache.set("page", freshet::Bytes{"<h1>Hello</h1>"});
  guide::claim(cache.get<freshet::Bytes>("page")->data == "<h1>Hello</h1>", "bytes, for what is encoded already");
  using Mixed = std::variant<int, std::string, std::vector<std::pair<std::string, bool>>>;
  cache.set("mixed", Mixed(std::vector<std::pair<std::string, bool>>{{"a", true}}));
  guide::claim(cache.get<Mixed>("mixed")->index() == 2, "variants, vectors, pairs within one another");
  cache.set("word", "a literal");
  guide::claim(*cache.get<std::string>("word") == "a literal", "a literal is stored as a std::string");
  guide::claim(cache.get<int>("word").reason() == Reason::miss_other_shape, "and is not an int");
  guide::claim(cache.get<std::int64_t>("price").reason() == Reason::miss_other_shape, "nor is a Money an integer");

  guide::chapter("Large values are compressed");
  const std::string page(100'000, 'x');
  cache.set("large", page);
  guide::claim(cache.explain("large").value_bytes < 10'000, "where that makes them smaller");
  guide::claim(*cache.get<std::string>("large") == page, "and come back as they were");
  cache.set("small", std::string(4'000, 'x'));
  guide::claim(cache.explain("small").value_bytes >= 4'000, "not below compress_above, 8 KiB");
}

void large_values() {
  guide::chapter("A large value, read in place");
  freshet::CacheOptions plain;
  plain.compress_above = 0;
  freshet::Cache cache = freshet::open("memory:?size=8MiB", plain);
  const std::string image(1'000'000, 'i');
  cache.set("image", freshet::Bytes{image});
  guide::claim(cache.explain("image").value_bytes == image.size(), "compress_above = 0 stores it as it is");
  std::string sent;
  const auto write = [&](std::span<const std::byte> piece) {
    sent.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  };
  // [snippet pin]
  if (const freshet::Pinned pinned = cache.pin("image")) {
    for (std::span<const std::byte> piece : pinned.pieces()) write(piece);  // as for writev(): no copy is made
  }  // lets go: until here the bytes stay, whatever happens to the entry
  // [/snippet]
  guide::claim(sent == image, "the bytes as they were stored");
  freshet::Pinned held = cache.pin("image");
  cache.erase("image");
  sent.clear();
  for (std::span<const std::byte> piece : held.pieces()) write(piece);
  guide::claim(sent == image, "also when the entry has gone meanwhile");
  guide::claim(held.pieces().size() > 1, "in several pieces");
  guide::claim(cache.pin("image").reason() == Reason::miss_absent, "what is not there says why");
}

void counters() {
  guide::chapter("Counting");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  // [snippet counter]
  freshet::Options window;
  window.ttl = std::chrono::minutes(1);
  auto requests = cache.increment("requests:203.0.113.9", 1, window);  // one step, for all processes
  if (requests && *requests > 100) std::cout << "429 Too Many Requests\n";
  // [/snippet]
  guide::claim(*requests == 1 && *cache.increment("requests:203.0.113.9", 1, window) == 2, "1, 2, ...");
  guide::claim(*cache.get<std::int64_t>("requests:203.0.113.9") == 2, "read back as a std::int64_t");
  cache.set("word", "three");
  guide::claim(cache.increment("word").reason() == Reason::refused_not_integer, "a word cannot be counted up");
}

}  // namespace

int main() {
  plain_structs();
  nothing_is_a_value();
  other_types();
  large_values();
  counters();
  return guide::verdict();
}
