// Codecs of the standard library's containers and of what holds one value, several or none. Part of codec.h.
#pragma once

#include <freshet/codec.h>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace freshet {

namespace detail {

template <class T>
inline constexpr bool kIsByte =
    std::is_same_v<T, std::byte> || std::is_same_v<T, char> || std::is_same_v<T, unsigned char>;

// Codecs that never write a bare nil say so; then an optional needs no wrapping to tell "no value" from "a nil".
template <class T>
concept NeverNil = requires {
  requires Codec<T>::kNeverNil;
};

// How many elements of T to make room for at once: what the input could hold, where elements are not larger in memory
// than in the input by much. The rest comes by growing, as elements turn out to be there.
template <class T>
std::size_t sensible_reserve(std::size_t count, std::size_t input_bytes) {
  return std::min(count, std::max<std::size_t>(4096, 2 * input_bytes) / sizeof(T));
}

// std::array and C arrays: exactly N values.
template <class T, std::size_t N>
struct FixedCodec {
  static constexpr bool kNeverNil = true;
  static void encode_items(Encoder& out, const T* items) {
    if constexpr (kIsByte<T>) {
      out.binary(std::as_bytes(std::span(items, N)));
    } else {
      const Nesting nesting = out.array(N);
      for (std::size_t i = 0; i < N && !out.failed(); ++i) out.value(items[i]);
    }
  }
  static bool decode_items(Decoder& in, T* items) {
    if constexpr (kIsByte<T>) {
      std::span<const std::byte> bytes;
      if (!in.binary(bytes) || bytes.size() != N) return false;
      if constexpr (N > 0) std::memcpy(items, bytes.data(), N);
      return true;
    } else {
      const Decoder::Items announced = in.array();
      if (!announced || announced.count() != N) return false;
      for (std::size_t i = 0; i < N; ++i) {
        if (!in.value(items[i])) return false;
      }
      return true;
    }
  }
  static void shape(Shape& shape) { shape.list<T>("[", ";" + number_text(N) + "]"); }
};

// vector, deque, list: any number of values.
template <class C>
struct SequenceCodec {
  static constexpr bool kNeverNil = true;
  using T = typename C::value_type;
  static constexpr bool kBinary = kIsByte<T> && requires(C & c) { c.data(); };
  static void encode(Encoder& out, const C& values) {
    if constexpr (kBinary) {
      out.binary(std::as_bytes(std::span(values.data(), values.size())));
    } else {
      const Nesting nesting = out.array(values.size());
      for (const auto& value : values) {
        if (out.failed()) return;
        out.value(static_cast<const T&>(value));
      }
    }
  }
  static bool decode(Decoder& in, C& values) {
    if constexpr (kBinary) {
      std::span<const std::byte> bytes;
      if (!in.binary(bytes)) return false;
      const auto* first = reinterpret_cast<const T*>(bytes.data());
      values.assign(first, first + bytes.size());
      return true;
    } else {
      const Decoder::Items items = in.array();
      if (!items) return false;
      values.clear();
      if constexpr (requires { values.reserve(1); }) values.reserve(sensible_reserve<T>(items.count(), in.remaining()));
      for (std::size_t i = 0; i < items.count(); ++i) {
        if constexpr (std::is_same_v<T, bool>) {
          bool value = false;
          if (!in.value(value)) return false;
          values.push_back(value);
        } else if (!in.value(values.emplace_back())) {
          return false;
        }
      }
      return true;
    }
  }
  static void shape(Shape& shape) { shape.list<T>("[", "]"); }
};

// Sets. Written in their own order; read back in any, but no value twice in a set that is no multiset.
template <class C, bool kUnique>
struct SetCodec {
  static constexpr bool kNeverNil = true;
  using T = typename C::value_type;
  static void encode(Encoder& out, const C& values) {
    const Nesting nesting = out.array(values.size());
    for (const T& value : values) {
      if (out.failed()) return;
      out.value(value);
    }
  }
  static bool decode(Decoder& in, C& values) {
    const Decoder::Items items = in.array();
    if (!items) return false;
    values.clear();
    for (std::size_t i = 0; i < items.count(); ++i) {
      T value{};
      if (!in.value(value)) return false;
      values.emplace_hint(values.end(), std::move(value));
      if (values.size() != i + 1) return false;
    }
    return true;
  }
  static void shape(Shape& shape) { shape.list<T>(kUnique ? "set<" : "multiset<", ">"); }
};

// Maps are MessagePack maps; multimaps are arrays of key, value, key, value, as a map has no key twice.
template <class C, bool kUnique>
struct MapCodec {
  static constexpr bool kNeverNil = true;
  using K = typename C::key_type;
  using V = typename C::mapped_type;
  static void encode(Encoder& out, const C& values) {
    const Nesting nesting = kUnique ? out.map(values.size()) : out.array(2 * values.size());
    for (const auto& [key, value] : values) {
      if (out.failed()) return;
      out.value(key);
      out.value(value);
    }
  }
  static bool decode(Decoder& in, C& values) {
    const Decoder::Items items = kUnique ? in.map() : in.array();
    if (!items || (!kUnique && items.count() % 2 != 0)) return false;
    const std::size_t pairs = kUnique ? items.count() : items.count() / 2;
    values.clear();
    for (std::size_t i = 0; i < pairs; ++i) {
      K key{};
      V value{};
      if (!in.value(key) || !in.value(value)) return false;
      values.emplace_hint(values.end(), std::move(key), std::move(value));
      if (values.size() != i + 1) return false;
    }
    return true;
  }
  static void shape(Shape& shape) { shape.list<K, V>(kUnique ? "map<" : "multimap<", ">"); }
};

// pair and tuple.
template <class C, class... T>
struct TupleCodec {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, const C& values) {
    const Nesting nesting = out.array(sizeof...(T));
    std::apply([&out](const auto&... value) { (out.value(value), ...); }, values);
  }
  static bool decode(Decoder& in, C& values) {
    const Decoder::Items items = in.array();
    if (!items || items.count() != sizeof...(T)) return false;
    return std::apply([&in](auto&... value) { return (in.value(value) && ...); }, values);
  }
  static void shape(Shape& shape) { shape.list<std::remove_cvref_t<T>...>("(", ")"); }
};

// What is there or not: nil, or the value. A value that may itself be nil goes into an array of one.
template <class P, class T>
struct MaybeCodec {
  static void encode(Encoder& out, const P& maybe) {
    if (!maybe) return out.nil();
    if constexpr (NeverNil<T>) {
      out.value(*maybe);
    } else {
      const Nesting nesting = out.array(1);
      out.value(*maybe);
    }
  }
  static bool decode(Decoder& in, P& maybe) {
    if (in.next() == WireKind::nil) {
      maybe = P();
      return in.nil();
    }
    T& value = make(maybe);
    if constexpr (NeverNil<T>) {
      return in.value(value);
    } else {
      const Decoder::Items items = in.array();
      return items && items.count() == 1 && in.value(value);
    }
  }
  static void shape(Shape& shape) { shape.list<T>("opt<", ">"); }

 private:
  static T& make(P& maybe) {
    if constexpr (requires { maybe.emplace(); }) {
      return maybe.emplace();
    } else {
      auto made = std::make_unique<T>();
      T& value = *made;
      maybe = std::move(made);
      return value;
    }
  }
};

}  // namespace detail

template <class T, std::size_t N>
struct Codec<T[N]> : detail::FixedCodec<T, N> {
  static void encode(Encoder& out, const T (&values)[N]) { Codec::encode_items(out, values); }
  static bool decode(Decoder& in, T (&values)[N]) { return Codec::decode_items(in, values); }
};
template <class T, std::size_t N>
struct Codec<std::array<T, N>> : detail::FixedCodec<T, N> {
  static void encode(Encoder& out, const std::array<T, N>& values) { Codec::encode_items(out, values.data()); }
  static bool decode(Decoder& in, std::array<T, N>& values) { return Codec::decode_items(in, values.data()); }
};

template <class T, class A>
struct Codec<std::vector<T, A>> : detail::SequenceCodec<std::vector<T, A>> {};
template <class T, class A>
struct Codec<std::deque<T, A>> : detail::SequenceCodec<std::deque<T, A>> {};
template <class T, class A>
struct Codec<std::list<T, A>> : detail::SequenceCodec<std::list<T, A>> {};

template <class T, class... R>
struct Codec<std::set<T, R...>> : detail::SetCodec<std::set<T, R...>, true> {};
template <class T, class... R>
struct Codec<std::unordered_set<T, R...>> : detail::SetCodec<std::unordered_set<T, R...>, true> {};
template <class T, class... R>
struct Codec<std::multiset<T, R...>> : detail::SetCodec<std::multiset<T, R...>, false> {};
template <class T, class... R>
struct Codec<std::unordered_multiset<T, R...>> : detail::SetCodec<std::unordered_multiset<T, R...>, false> {};

template <class K, class V, class... R>
struct Codec<std::map<K, V, R...>> : detail::MapCodec<std::map<K, V, R...>, true> {};
template <class K, class V, class... R>
struct Codec<std::unordered_map<K, V, R...>> : detail::MapCodec<std::unordered_map<K, V, R...>, true> {};
template <class K, class V, class... R>
struct Codec<std::multimap<K, V, R...>> : detail::MapCodec<std::multimap<K, V, R...>, false> {};
template <class K, class V, class... R>
struct Codec<std::unordered_multimap<K, V, R...>> : detail::MapCodec<std::unordered_multimap<K, V, R...>, false> {};

template <class A, class B>
struct Codec<std::pair<A, B>> : detail::TupleCodec<std::pair<A, B>, A, B> {};
template <class... T>
struct Codec<std::tuple<T...>> : detail::TupleCodec<std::tuple<T...>, T...> {};

template <class T>
struct Codec<std::optional<T>> : detail::MaybeCodec<std::optional<T>, T> {};
template <class T>
struct Codec<std::unique_ptr<T>> : detail::MaybeCodec<std::unique_ptr<T>, std::remove_const_t<T>> {};
template <class T>
struct Codec<std::shared_ptr<T>> : detail::MaybeCodec<std::shared_ptr<T>, std::remove_const_t<T>> {};

template <>
struct Codec<std::monostate> {
  static void encode(Encoder& out, std::monostate) { out.nil(); }
  static bool decode(Decoder& in, std::monostate&) { return in.nil(); }
  static void shape(Shape& shape) { shape.word("nil"); }
};

/// [index of the alternative, its value]. Every alternative needs a default value.
template <class... T>
struct Codec<std::variant<T...>> {
  static constexpr bool kNeverNil = true;
  using Variant = std::variant<T...>;
  static void encode(Encoder& out, const Variant& variant) {
    if (variant.valueless_by_exception()) return out.fail();
    const Nesting nesting = out.array(2);
    out.integer(variant.index());
    std::visit([&out](const auto& value) { out.value(value); }, variant);
  }
  static bool decode(Decoder& in, Variant& variant) {
    const Decoder::Items items = in.array();
    std::size_t index = 0;
    if (!items || items.count() != 2 || !in.integer(index)) return false;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((index == I && in.value(variant.template emplace<I>())) || ...);
    }
    (std::index_sequence_for<T...>{});
  }
  static void shape(Shape& shape) { shape.list<T...>("variant<", ">"); }
};

}  // namespace freshet
