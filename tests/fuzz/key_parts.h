// What a key means, twice: from the values that it was made of, and from its text alone.
//
// A meaning is a text itself: a letter for the kind, then its contents with their lengths, so that nothing can run into
// anything else. Made without a look at how key.h writes keys; take_apart() knows only the forms that key.h promises.
#pragma once

#include <freshet/key.h>

#include <bit>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::fuzz {

enum class Colour : std::int8_t { red };

struct Named {
  std::string name;
  unsigned number = 0;
};

struct Money {
  std::int64_t cents = 0;
  std::string currency;
};

}  // namespace freshet::fuzz

template <>
struct freshet::KeyOf<freshet::fuzz::Money> {
  static auto of(const fuzz::Money& money) { return std::pair(money.cents, money.currency); }
};

namespace freshet::fuzz {

/// `kind`, then each part with its length before it.
std::string told(char kind, const std::vector<std::string>& parts);

template <class T>
std::string meaning_of_floating(T value, char suffix) {
  if (std::isnan(value)) return told('F', {std::string(1, suffix), "nan"});
  return told('F', {std::string(1, suffix), std::string(reinterpret_cast<const char*>(&value), sizeof value)});
}

template <class T>
std::string meaning(const T& value);

template <class Range>
std::string meaning_of_range(const Range& range) {
  std::vector<std::string> parts;
  for (const auto& item : range) parts.push_back(meaning(item));
  return told('[', parts);
}

template <class T>
std::string meaning(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return told('B', {value ? "1" : "0"});
  } else if constexpr (std::is_same_v<T, char>) {
    return told('S', {std::string(1, value)});
  } else if constexpr (std::is_integral_v<T>) {
    return told('I', {std::to_string(value)});
  } else if constexpr (std::is_same_v<T, double>) {
    return meaning_of_floating(value, 'd');
  } else if constexpr (std::is_same_v<T, float>) {
    return meaning_of_floating(value, 'f');
  } else if constexpr (std::is_same_v<T, std::string>) {
    return told('S', {value});
  } else if constexpr (std::is_same_v<T, Colour>) {
    return told('#', {meaning(static_cast<std::int8_t>(value))});
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    return told('X', {std::string(reinterpret_cast<const char*>(value.data()), value.size())});
  } else if constexpr (std::is_same_v<T, Named>) {
    return told('{', {meaning(value.name), meaning(value.number)});
  } else if constexpr (std::is_same_v<T, Money>) {
    return told('$', {meaning(std::pair(value.cents, value.currency))});
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    return told('(', {});
  } else if constexpr (requires { value.time_since_epoch(); }) {
    return told('T', {meaning(value.time_since_epoch())});
  } else if constexpr (requires {
                         value.count();
                         typename T::period;
                       }) {
    return told('D', {meaning(value.count()), std::to_string(T::period::num), std::to_string(T::period::den)});
  } else if constexpr (requires { value.has_value(); }) {
    return value ? told('?', {meaning(*value)}) : told('N', {});
  } else if constexpr (requires { value.valueless_by_exception(); }) {
    return told('@',
                {std::to_string(value.index()), std::visit([](const auto& held) { return meaning(held); }, value)});
  } else if constexpr (requires { value.hash_function(); }) {
    // No order of its own: that of the elements' texts. Here they are strings.
    std::vector<std::pair<std::string, std::string>> parts;
    for (const auto& item : value) parts.emplace_back(std::to_string(item.size()) + ':' + item, meaning(item));
    std::sort(parts.begin(), parts.end());
    std::vector<std::string> meanings;
    for (const auto& part : parts) meanings.push_back(part.second);
    return told('[', meanings);
  } else if constexpr (requires { value.begin(); }) {
    return meaning_of_range(value);
  } else {
    return told('(', {meaning(value.first), meaning(value.second)});
  }
}

/// A call as its key tells it.
struct Call {
  std::string name;
  std::vector<std::string> arguments;  ///< their meanings
};
/// False when the text is no key.
bool take_apart(std::string_view key, Call& call);

}  // namespace freshet::fuzz
