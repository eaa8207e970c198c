// Types and values for the codec's tests: one struct that nests every kind of value, and a seeded generator that fills
// any type at random. Tests print the seed when they fail.
#pragma once

#include <freshet/codec.h>

#include <cstdlib>
#include <random>

namespace freshet::sample {

enum class Colour : std::uint8_t { red = 1, green = 2, blue = 200 };

struct Point {
  double x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Node {
  std::int32_t value = 0;
  std::vector<std::unique_ptr<Node>> children;
};
inline bool operator==(const Node& a, const Node& b) {
  return a.value == b.value && std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                                          [](const auto& x, const auto& y) { return !x == !y && (!x || *x == *y); });
}

struct Everything {
  bool flag = false;
  std::int8_t i8 = 0;
  std::uint16_t u16 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  char letter = 0;
  Colour colour = Colour::red;
  float f32 = 0;
  double f64 = 0;
  std::string text;
  std::chrono::milliseconds span{};
  std::chrono::system_clock::time_point at;
  std::array<std::int16_t, 3> fixed{};
  int plain_array[2] = {};
  std::vector<bool> flags;
  std::vector<std::byte> binary;
  std::deque<Point> points;
  std::list<std::string> names;
  std::set<int> numbers;
  std::unordered_set<std::string> words;
  std::map<std::string, std::vector<int>> index;
  std::unordered_map<int, Point> places;
  std::multimap<int, std::string> repeated;
  std::pair<int, std::string> two;
  std::tuple<bool, float, std::string> three;
  std::optional<std::optional<int>> maybe;
  std::variant<std::monostate, int, std::string, Point> either;
  Bytes bytes;
  Node tree;
  friend bool operator==(const Everything&, const Everything&) = default;
};

/// Fills values of any type. Sizes are small, numbers favour the edges of their encodings.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::size_t size() { return below(below(20) == 0 ? 40 : 5); }

  std::uint64_t bits() {
    // A random width makes each of MessagePack's integer forms come up.
    const std::uint64_t wide = random_() >> below(64);
    switch (below(8)) {
      case 0:
        return (std::uint64_t{1} << below(64)) - below(2);
      case 1:
        return ~wide;
      default:
        return wide;
    }
  }

  void fill(bool& v) { v = below(2) != 0; }
  template <std::integral T>
  void fill(T& v) {
    v = static_cast<T>(bits());
  }
  void fill(float& v) { v = std::bit_cast<float>(static_cast<std::uint32_t>(0x3f800000 + below(1 << 23))); }
  void fill(double& v) { v = static_cast<double>(static_cast<std::int64_t>(bits())) / 8; }
  void fill(std::byte& v) { v = static_cast<std::byte>(below(256)); }
  void fill(Colour& v) { v = static_cast<Colour>(below(256)); }
  void fill(std::string& v) {
    v.resize(below(50) == 0 ? below(70'000) : size() * 8);
    for (char& c : v) fill(c);
  }
  void fill(Bytes& v) { fill(v.data); }
  void fill(std::monostate&) {}
  template <class R, class P>
  void fill(std::chrono::duration<R, P>& v) {
    R count{};
    fill(count);
    v = std::chrono::duration<R, P>(count);
  }
  template <class D>
  void fill(std::chrono::time_point<std::chrono::system_clock, D>& v) {
    D span{};
    fill(span);
    v = std::chrono::time_point<std::chrono::system_clock, D>(span);
  }
  template <class T, std::size_t N>
  void fill(T (&v)[N]) {
    for (T& item : v) fill(item);
  }
  template <class T, std::size_t N>
  void fill(std::array<T, N>& v) {
    for (T& item : v) fill(item);
  }
  template <class C>
  requires requires(C& c) { c.insert(c.end(), std::declval<typename C::value_type>()); }
  void fill(C& v) {
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (requires { typename C::mapped_type; }) {
        typename C::key_type key{};
        typename C::mapped_type value{};
        fill(key);
        fill(value);
        v.emplace(std::move(key), std::move(value));
      } else {
        typename C::value_type item{};
        fill(item);
        v.insert(v.end(), std::move(item));
      }
    }
  }
  template <class... T>
  void fill(std::tuple<T...>& v) {
    std::apply([this](auto&... item) { (this->fill(item), ...); }, v);
  }
  template <class A, class B>
  void fill(std::pair<A, B>& v) {
    fill(v.first);
    fill(v.second);
  }
  template <class T>
  void fill(std::optional<T>& v) {
    if (below(3) != 0) fill(v.emplace());
  }
  template <class T>
  void fill(std::unique_ptr<T>& v) {
    if (below(4) == 0) return;
    v = std::make_unique<T>();
    fill(*v);
  }
  template <class... T>
  void fill(std::variant<T...>& v) {
    const std::uint64_t index = below(sizeof...(T));
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((index == I ? this->fill(v.template emplace<I>()) : void()), ...);
    }
    (std::index_sequence_for<T...>{});
  }
  void fill(Node& v) {
    fill(v.value);
    const std::size_t children = depth_ < 4 ? below(3) : 0;
    ++depth_;
    for (std::size_t i = 0; i < children; ++i) fill(v.children.emplace_back());
    --depth_;
  }
  template <PlainStruct T>
  requires(!requires(T & t) { t.size(); }) void fill(T& v) {
    with_fields(v, [this](auto&... field) { (this->fill(field), ...); });
  }

  template <class T>
  T make() {
    T value{};
    fill(value);
    return value;
  }

 private:
  std::mt19937_64 random_;
  int depth_ = 0;
};

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

template <class T>
std::string encoded(const T& value) {
  std::string out;
  if (!encode(value, out)) std::abort();
  return out;
}

/// "93 01 a1 61"
inline std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 0xf];
  }
  return text;
}

}  // namespace freshet::sample
