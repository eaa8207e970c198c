// Durations as text: "1h30m", "250ms", "forever", "0.5".
#include <freshet/error.h>
#include <freshet/time.h>

#include <cctype>
#include <cstdint>

namespace freshet {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t micros;
};

// From long to short: format_duration takes them in this order and parse_duration insists on it, so that `5m2h` is a
// typing error and not a span.
constexpr Unit kUnits[] = {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000},
                           {"s", 1'000'000},      {"ms", 1'000},        {"us", 1}};

[[noreturn]] void refuse(std::string_view text, std::string_view what) {
  throw ConfigError(
      "duration \"" + std::string(text) + "\": " + std::string(what) +
      "; write for example 90s, 5m, 1h30m, 7d, 250ms, 10us, forever, or a bare number of seconds (90, 0.5)");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A decimal number as whole part and millionths; the callers multiply by the unit.
struct Number {
  std::int64_t whole = 0;
  std::int64_t millionths = 0;
};

Number take_number(std::string_view text, std::string_view& rest) {
  Number number;
  if (rest.empty() || !is_digit(rest.front())) refuse(text, "a number is missing");
  while (!rest.empty() && is_digit(rest.front())) {
    if (__builtin_mul_overflow(number.whole, std::int64_t{10}, &number.whole) ||
        __builtin_add_overflow(number.whole, std::int64_t{rest.front() - '0'}, &number.whole)) {
      refuse(text, "the number is too large");
    }
    rest.remove_prefix(1);
  }
  if (rest.empty() || rest.front() != '.') return number;
  rest.remove_prefix(1);
  if (rest.empty() || !is_digit(rest.front())) refuse(text, "digits are missing after the point");
  std::int64_t place = 100'000;
  while (!rest.empty() && is_digit(rest.front())) {
    if (place == 0 && rest.front() != '0') refuse(text, "more than six digits after the point");
    number.millionths += place * (rest.front() - '0');
    place /= 10;
    rest.remove_prefix(1);
  }
  return number;
}

std::int64_t micros(std::string_view text, Number number, std::int64_t unit) {
  // millionths < 10^6 and unit < 10^11: the product fits.
  const std::int64_t part = number.millionths * unit / 1'000'000;
  std::int64_t span = 0;
  if (__builtin_mul_overflow(number.whole, unit, &span) || __builtin_add_overflow(span, part, &span) ||
      span == kForever.count()) {
    refuse(text, "the span is too long");
  }
  return span;
}

const Unit* take_unit(std::string_view& rest, const Unit* from) {
  std::size_t length = 0;
  while (length < rest.size() && std::isalpha(static_cast<unsigned char>(rest[length])) != 0) ++length;
  for (const Unit* unit = from; unit != std::end(kUnits); ++unit) {
    if (rest.substr(0, length) != unit->name) continue;
    rest.remove_prefix(length);
    return unit;
  }
  return nullptr;
}

}  // namespace

Duration parse_duration(std::string_view text) {
  if (text == "forever") return kForever;
  if (text.empty()) refuse(text, "it is empty");
  if (text.front() == '-') refuse(text, "a span cannot be negative");
  std::string_view rest = text;
  Number number = take_number(text, rest);
  if (rest.empty()) return Duration(micros(text, number, 1'000'000));

  std::int64_t total = 0;
  const Unit* next_unit = std::begin(kUnits);
  for (;;) {
    const Unit* unit = take_unit(rest, next_unit);
    if (unit == nullptr) refuse(text, "a unit is missing, unknown, or not in order from long to short");
    if (__builtin_add_overflow(total, micros(text, number, unit->micros), &total) || total == kForever.count()) {
      refuse(text, "the span is too long");
    }
    if (rest.empty()) return Duration(total);
    next_unit = unit + 1;
    number = take_number(text, rest);
  }
}

std::string format_duration(Duration span) {
  if (span == kForever) return "forever";
  if (span == Duration::zero()) return "0s";
  std::string out;
  // Unsigned, because the most negative span has no positive counterpart.
  std::uint64_t left = static_cast<std::uint64_t>(span.count());
  if (span < Duration::zero()) {
    out = "-";
    left = 0 - left;
  }
  for (const Unit& unit : kUnits) {
    const auto unit_micros = static_cast<std::uint64_t>(unit.micros);
    if (left < unit_micros) continue;
    out += std::to_string(left / unit_micros);
    out += unit.name;
    left %= unit_micros;
  }
  return out;
}

}  // namespace freshet
