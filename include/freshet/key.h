// Keys from typed arguments: make_key("user", 42, "bob") is `user(42,3:bob)`.
//
// A key can be read by people and taken apart again without doubt: two calls give the same key only if they name equal
// values. What is written how:
//
//   42  -7          integers, whatever their type
//   true  false     bool
//   3:bob           strings: length in bytes, then the bytes; a char is a string of one
//   1.5d 1.5f 1.5l  double, float, long double; -0.0 is not 0.0, all NaN are one
//   #3              enums, by number
//   x00ff           bytes, in hex
//   c97             wide and Unicode characters
//   nil             no value: empty optional, null pointer, nullptr
//   ?x              the value x in an optional or smart pointer
//   [a,b]           vectors, arrays, sets, maps: any range; what has no order of its own is sorted
//   (a,b)           pairs, tuples; std::monostate is ()
//   {a,b}           plain structs (fields.h)
//   @1:x            variants: index and value
//   5s  T5s         a span of time and a system_clock time point, with the unit of their type
//   $x              what a KeyOf of your own gave
//
// Equal numbers in other units (1s, 1000ms) are different keys; so are a float and a double.
#pragma once

#include <freshet/fields.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace freshet {

/// Says what stands for a T in a key. Specialise it for a type that this file does not know:
///
///   template <>
///   struct freshet::KeyOf<Money> {
///     static auto of(const Money& m) { return std::pair(m.cents(), m.currency()); }
///   };
///
/// of() returns anything that can stand in a key, and different things for different values.
template <class T>
struct KeyOf {};

/// A digest of the running executable's code, 16 hexadecimal digits, for use as an argument of make_key: after a
/// deployment the new program does not find what the old one stored. It is the linker's build id where the executable
/// has one, else a hash of the file. Shared libraries do not count.
/// Errors: where neither can be read, "unknown". Cost: a copy, after the first call.
std::string build_digest();

namespace detail {

void key_name(std::string& out, std::string_view name);
void key_signed(std::string& out, std::int64_t value);
void key_unsigned(std::string& out, std::uint64_t value);
void key_text(std::string& out, std::string_view value);
void key_bytes(std::string& out, std::span<const std::byte> value);
void key_floating(std::string& out, float value);
void key_floating(std::string& out, double value);
void key_floating(std::string& out, long double value);
// Joins `parts`, sorted, into [a,b].
void key_sorted(std::string& out, std::vector<std::string>& parts);
// "s", "ms", "day", or "*num/den" followed by "s".
void key_unit(std::string& out, std::intmax_t num, std::intmax_t den);

template <class T>
inline constexpr bool kNoKey = false;

template <class T, template <class...> class Template>
inline constexpr bool kIsA = false;
template <class... A, template <class...> class Template>
inline constexpr bool kIsA<Template<A...>, Template> = true;

template <class T>
inline constexpr bool kIsSystemTime = false;
template <class Span>
inline constexpr bool kIsSystemTime<std::chrono::time_point<std::chrono::system_clock, Span>> = true;

template <class T>
inline constexpr bool kIsDuration = false;
template <class Rep, class Period>
inline constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;

template <class T>
concept HasKeyOf = requires(const T& value) {
  KeyOf<T>::of(value);
};

template <class T>
concept CharacterUnit =
    std::same_as<T, wchar_t> || std::same_as<T, char8_t> || std::same_as<T, char16_t> || std::same_as<T, char32_t>;

// A range of anything but of itself, as a file system path is.
template <class T>
concept KeyRange = requires(const T& range) {
  {*std::begin(range)};
  {std::end(range)};
  requires !std::is_same_v<std::remove_cvref_t<decltype(*std::begin(range))>, T>;
};

template <class T>
concept ByteSpan = KeyRange<T> && requires(const T& range) {
  { std::data(range) } -> std::convertible_to<const std::byte*>;
};

template <class T>
concept MaybeValue = kIsA<T, std::optional> || kIsA<T, std::unique_ptr> || kIsA<T, std::shared_ptr>;

template <class T>
void key_value(std::string& out, const T& value);

template <class... T>
void key_list(std::string& out, char first, char last, const T&... value) {
  out += first;
  bool separate = false;
  ((separate ? out.push_back(',') : void(), separate = true, key_value(out, value)), ...);
  out += last;
}

template <class T>
void key_range(std::string& out, const T& range) {
  if constexpr (requires { typename T::hasher; }) {
    std::vector<std::string> parts;
    for (const auto& item : range) key_value(parts.emplace_back(), item);
    key_sorted(out, parts);
  } else {
    out += '[';
    bool separate = false;
    for (const auto& item : range) {
      if (std::exchange(separate, true)) out += ',';
      key_value(out, item);
    }
    out += ']';
  }
}

template <class T>
void key_value(std::string& out, const T& value) {
  if constexpr (HasKeyOf<T>) {
    out += '$';
    key_value(out, KeyOf<T>::of(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, char>) {
    key_text(out, std::string_view(&value, 1));
  } else if constexpr (CharacterUnit<T>) {
    out += 'c';
    key_unsigned(out, static_cast<std::uint64_t>(value));
  } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
    if constexpr (std::is_signed_v<T>) {
      key_signed(out, value);
    } else {
      key_unsigned(out, value);
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    key_floating(out, value);
  } else if constexpr (std::is_enum_v<T>) {
    out += '#';
    using Number = std::underlying_type_t<T>;
    if constexpr (std::is_signed_v<Number>) {
      key_signed(out, static_cast<std::int64_t>(value));
    } else {
      key_unsigned(out, static_cast<std::uint64_t>(value));
    }
  } else if constexpr (std::is_array_v<T> && std::is_same_v<std::remove_cv_t<std::remove_extent_t<T>>, char>) {
    // A literal or a buffer: what stands before the first NUL.
    const char* const end = std::find(std::begin(value), std::end(value), '\0');
    key_text(out, std::string_view(value, static_cast<std::size_t>(end - value)));
  } else if constexpr (std::is_same_v<T, const char*> || std::is_same_v<T, char*>) {
    if (value == nullptr) {
      out += "nil";
    } else {
      key_text(out, value);
    }
  } else if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::nullopt_t>) {
    out += "nil";
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    key_text(out, value);
  } else if constexpr (MaybeValue<T>) {
    if (value) {
      out += '?';
      key_value(out, *value);
    } else {
      out += "nil";
    }
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    out += "()";
  } else if constexpr (kIsA<T, std::variant>) {
    out += '@';
    // A variant without a value has the index -1, which no other has.
    if (value.valueless_by_exception()) {
      out += "-1:nil";
    } else {
      key_unsigned(out, value.index());
      out += ':';
      std::visit([&out](const auto& held) { key_value(out, held); }, value);
    }
  } else if constexpr (kIsA<T, std::pair> || kIsA<T, std::tuple>) {
    std::apply([&out](const auto&... item) { key_list(out, '(', ')', item...); }, value);
  } else if constexpr (kIsSystemTime<T>) {
    out += 'T';
    key_value(out, value.time_since_epoch());
  } else if constexpr (kIsDuration<T>) {
    key_value(out, value.count());
    key_unit(out, T::period::num, T::period::den);
  } else if constexpr (ByteSpan<T>) {
    key_bytes(out, std::span<const std::byte>(std::data(value), std::size(value)));
  } else if constexpr (KeyRange<T>) {
    key_range(out, value);
  } else if constexpr (PlainStruct<T>) {
    with_fields(value, [&out](const auto&... field) { key_list(out, '{', '}', field...); });
  } else {
    static_assert(kNoKey<T>,
                  "freshet: this type cannot stand in a key as it is: pass the values that tell it from others, or "
                  "specialise freshet::KeyOf<T> (freshet/key.h shows one)");
  }
}

}  // namespace detail

/// The key of one call: `name(argument,...)`. In the name, '(' and '%' are written as %28 and %25.
/// Threads: any. Errors: none of its own; a key beyond 64 KiB is refused by the store.
template <class... Args>
std::string make_key(std::string_view name, const Args&... args) {
  std::string key;
  detail::key_name(key, name);
  detail::key_list(key, '(', ')', args...);
  return key;
}

}  // namespace freshet
