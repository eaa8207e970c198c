#include <freshet/key.h>

#include <array>
#include <cmath>
#include <deque>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace freshet {

class Money {
 public:
  Money(int cents, std::string currency) : cents_(cents), currency_(std::move(currency)) {}
  int cents() const { return cents_; }
  const std::string& currency() const { return currency_; }

 private:
  int cents_;
  std::string currency_;
};

template <>
struct KeyOf<Money> {
  static auto of(const Money& m) { return std::pair(m.cents(), m.currency()); }
};

namespace {

using namespace std::chrono_literals;

enum class Colour { red = 1 };
struct Point {
  int x = 0;
  std::string label;
};

template <class... T>
std::string f(const T&... args) {
  return make_key("f", args...);
}

TEST(Key, ReadsLikeTheCall) { EXPECT_EQ(make_key("user", 42, "bob"), "user(42,3:bob)"); }

TEST(Key, GoldenTexts) {
  EXPECT_EQ(f(), "f()");
  EXPECT_EQ(f(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max()),
            "f(-9223372036854775808,18446744073709551615)");
  EXPECT_EQ(f(true, false), "f(true,false)");
  EXPECT_EQ(f('a', "a", std::string("a")), "f(1:a,1:a,1:a)");
  EXPECT_EQ(f(1.0, 1.0F, 0.1, 1e300, -0.0), "f(1.0d,1.0f,0.1d,1e+300d,-0.0d)");
  EXPECT_EQ(f(std::nan("1"), -std::nan("2"), std::numeric_limits<double>::infinity()), "f(nand,nand,infd)");
  EXPECT_EQ(f(0.1F, 2.5L), "f(0.1f,2.5l)");
  EXPECT_EQ(f(Colour::red), "f(#1)");
  EXPECT_EQ(f(std::optional<int>(), std::optional<int>(5), nullptr, std::nullopt), "f(nil,?5,nil,nil)");
  EXPECT_EQ(f(std::make_unique<int>(5), std::shared_ptr<int>()), "f(?5,nil)");
  EXPECT_EQ(f(std::vector<int>{1, 2}, std::array<int, 2>{1, 2}, std::deque<int>{}), "f([1,2],[1,2],[])");
  EXPECT_EQ(f(std::vector<bool>{true}, std::set<int>{2, 1}), "f([true],[1,2])");
  EXPECT_EQ(f(std::map<std::string, int>{{"a", 1}}), "f([(1:a,1)])");
  EXPECT_EQ(f(std::pair(1, "x"), std::tuple<>{}, std::monostate{}), "f((1,1:x),(),())");
  EXPECT_EQ(f(90s, -250ms, 1h, std::chrono::duration<double>(0.5)), "f(90s,-250ms,1h,0.5ds)");
  EXPECT_EQ(f(std::chrono::duration<int, std::ratio<1, 30>>(7)), "f(7*1/30s)");
  EXPECT_EQ(f(std::chrono::sys_days(std::chrono::days(3))), "f(T3day)");
  EXPECT_EQ(f(Point{1, "p"}), "f({1,1:p})");
  EXPECT_EQ(f(std::variant<int, std::string>("x")), "f(@1:1:x)");
  EXPECT_EQ(f(std::vector<std::byte>{std::byte{0}, std::byte{255}}), "f(x00ff)");
  EXPECT_EQ(f(u'a', U"a"), "f(c97,[c97,c0])");
  EXPECT_EQ(f(Money(5, "EUR")), "f($(5,3:EUR))");
  const int numbers[] = {1, 2};
  EXPECT_EQ(f(numbers), "f([1,2])");
}

TEST(Key, AnIntegersTypeDoesNotMatter) {
  EXPECT_EQ(f(7), f(7U));
  EXPECT_EQ(f(std::int8_t{65}), f(std::uint64_t{65}));
}

TEST(Key, AStringsTypeDoesNotMatter) {
  const char* pointer = "bob";
  char buffer[16] = "bob";
  EXPECT_EQ(f(pointer), f(std::string("bob")));
  EXPECT_EQ(f(std::string_view("bob")), f("bob"));
  EXPECT_EQ(f(buffer), f("bob"));
}

TEST(Key, ANullTextIsNoText) {
  const char* nothing = nullptr;
  EXPECT_EQ(f(nothing), "f(nil)");
}

TEST(Key, ArgumentsDoNotRunIntoOneAnother) {
  EXPECT_NE(f(1, 23), f(12, 3));
  EXPECT_NE(f("a", "b"), f("a,1:b"));
  EXPECT_NE(f("1"), f(1));
  EXPECT_NE(f(), f(""));
  EXPECT_NE(f(std::vector<int>{1, 2}), f(1, 2));
  EXPECT_NE(f(std::pair(1, 2)), f(std::vector<int>{1, 2}));
  EXPECT_NE(f(std::optional<int>(5)), f(5));
  EXPECT_NE(f("nil"), f(nullptr));
  EXPECT_NE(f(1), f(1.0));
  EXPECT_NE(f(1.0), f(1.0F));
  EXPECT_NE(f(0.0), f(-0.0));
  EXPECT_NE(f(5.0), f(std::chrono::days(5)));
}

TEST(Key, NamesDoNotRunIntoArguments) {
  EXPECT_NE(make_key("f", "x(1"), make_key("f(3:x", 1));
  EXPECT_NE(make_key("f("), make_key("f%28"));
  EXPECT_EQ(make_key("f(x)"), "f%28x)()");
}

TEST(Key, UnorderedContainersHaveOneKeyWhateverTheirOrder) {
  std::unordered_set<std::string> up, down;
  std::unordered_map<int, int> there, back;
  down.reserve(5000);
  back.reserve(5000);
  for (int i = 0; i < 500; ++i) {
    up.insert(std::to_string(i));
    down.insert(std::to_string(499 - i));
    there.emplace(i, i);
    back.emplace(499 - i, 499 - i);
  }
  EXPECT_EQ(f(up, there), f(down, back));
}

// An argument list of random types, and a text that tells it from every other by other means than the key does: each
// part stands with its kind and its length before it.
class RandomArguments {
 public:
  explicit RandomArguments(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  static std::string part(char kind, const std::string& content) {
    return kind + std::to_string(content.size()) + '|' + content;
  }

  std::string fill(int& v) {
    v = static_cast<int>(below(25)) - 12;
    return part('i', std::to_string(v));
  }
  std::string fill(std::uint64_t& v) {
    v = below(13);
    return part('i', std::to_string(v));
  }
  std::string fill(bool& v) {
    v = below(2) != 0;
    return part('b', std::to_string(v));
  }
  std::string fill(double& v) {
    v = static_cast<double>(below(8)) / 2 - 1;
    return part('d', std::to_string(v));
  }
  std::string fill(Colour& v) {
    v = static_cast<Colour>(below(12));
    return part('e', std::to_string(static_cast<int>(v)));
  }
  std::string fill(std::string& v) {
    constexpr std::string_view kLetters = "1,:()[]{}?#@-.dsxnil2";
    v.clear();
    for (std::uint64_t size = below(5); size > 0; --size) v += kLetters[below(kLetters.size())];
    return part('s', v);
  }
  std::string fill(std::vector<std::byte>& v) {
    std::string text;
    v.resize(below(3));
    for (std::byte& b : v) {
      b = static_cast<std::byte>(below(3) * 8);
      text += std::to_string(std::to_integer<int>(b)) + ';';
    }
    return part('x', text);
  }
  std::string fill(std::chrono::seconds& v) {
    v = std::chrono::seconds(below(12));
    return part('S', std::to_string(v.count()));
  }
  std::string fill(std::chrono::days& v) {
    v = std::chrono::days(below(12));
    return part('D', std::to_string(v.count()));
  }
  std::string fill(Point& v) {
    const std::string x = fill(v.x);
    return part('P', x + fill(v.label));
  }
  template <class T>
  std::string fill(std::optional<T>& v) {
    v.reset();
    return below(3) == 0 ? part('o', "") : part('o', fill(v.emplace()));
  }
  template <class T>
  std::string fill(std::vector<T>& v) {
    std::string text;
    v.clear();
    for (std::uint64_t size = below(4); size > 0; --size) text += fill(v.emplace_back());
    return part('v', text);
  }
  template <class... T>
  std::string fill(std::tuple<T...>& v) {
    std::string text;
    std::apply([&](auto&... item) { ((text += fill(item)), ...); }, v);
    return part('t', text);
  }
  template <class... T>
  std::string fill(std::variant<T...>& v) {
    const std::uint64_t index = below(sizeof...(T));
    std::string text;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((index == I ? void(text = fill(v.template emplace<I>())) : void()), ...);
    }
    (std::index_sequence_for<T...>{});
    return part('w', std::to_string(index) + text);
  }

 private:
  std::mt19937_64 random_;
};

template <class... T>
void note(RandomArguments& random, std::map<std::string, std::string>& meaning_of,
          std::map<std::string, std::string>& key_of) {
  std::tuple<T...> args;
  const std::string meaning = random.fill(args);
  const std::string key = std::apply([](const auto&... arg) { return make_key("f", arg...); }, args);
  EXPECT_EQ(meaning_of.emplace(key, meaning).first->second, meaning) << key;
  EXPECT_EQ(key_of.emplace(meaning, key).first->second, key) << meaning;
}

TEST(Key, TwoCallsShareAKeyExactlyWhenTheyNameEqualValues) {
  constexpr std::uint64_t kSeed = 20240607;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  RandomArguments random(kSeed);
  std::map<std::string, std::string> meaning_of, key_of;
  using Variant = std::variant<int, std::string, double, std::vector<int>>;
  for (int round = 0; round < 3000; ++round) {
    note<>(random, meaning_of, key_of);
    note<int>(random, meaning_of, key_of);
    note<std::uint64_t, int>(random, meaning_of, key_of);
    note<std::string>(random, meaning_of, key_of);
    note<std::string, std::string>(random, meaning_of, key_of);
    note<bool, double>(random, meaning_of, key_of);
    note<Colour, std::chrono::seconds>(random, meaning_of, key_of);
    note<double, std::chrono::days>(random, meaning_of, key_of);
    note<std::chrono::seconds>(random, meaning_of, key_of);
    note<std::chrono::days>(random, meaning_of, key_of);
    note<double>(random, meaning_of, key_of);
    note<std::vector<std::byte>>(random, meaning_of, key_of);
    note<std::vector<int>>(random, meaning_of, key_of);
    note<std::vector<std::string>, int>(random, meaning_of, key_of);
    note<std::vector<std::vector<int>>>(random, meaning_of, key_of);
    note<std::tuple<int, std::string>>(random, meaning_of, key_of);
    note<std::tuple<std::tuple<int>, int>>(random, meaning_of, key_of);
    note<Point>(random, meaning_of, key_of);
    note<std::vector<Point>, std::optional<int>>(random, meaning_of, key_of);
    note<std::optional<std::optional<int>>>(random, meaning_of, key_of);
    note<std::optional<std::string>, std::optional<Point>>(random, meaning_of, key_of);
    note<Variant>(random, meaning_of, key_of);
    note<Variant, Variant>(random, meaning_of, key_of);
    note<std::vector<Variant>>(random, meaning_of, key_of);
  }
  EXPECT_GT(meaning_of.size(), 10'000U);
}

}  // namespace
}  // namespace freshet
