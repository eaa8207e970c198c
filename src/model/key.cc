#include <freshet/key.h>

#include <charconv>
#include <cmath>
#include <ratio>

namespace freshet::detail {
namespace {

template <class T>
void append_number(std::string& out, T value) {
  char buffer[24];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end);
}

// The shortest text that reads back as the same number, never without a '.', an exponent or a word, then the suffix.
template <class T>
void append_floating(std::string& out, T value, char suffix) {
  if (std::isnan(value)) {
    out += "nan";
  } else {
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
    out += text;
    if (text.find_first_of(".en") == std::string_view::npos) out += ".0";
  }
  out += suffix;
}

}  // namespace

void key_name(std::string& out, std::string_view name) {
  for (const char c : name) {
    if (c == '(') {
      out += "%28";
    } else if (c == '%') {
      out += "%25";
    } else {
      out += c;
    }
  }
}

void key_signed(std::string& out, std::int64_t value) { append_number(out, value); }
void key_unsigned(std::string& out, std::uint64_t value) { append_number(out, value); }

void key_text(std::string& out, std::string_view value) {
  append_number(out, value.size());
  out += ':';
  out += value;
}

void key_bytes(std::string& out, std::span<const std::byte> value) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += 'x';
  for (const std::byte byte : value) {
    out += kDigits[std::to_integer<unsigned>(byte >> 4)];
    out += kDigits[std::to_integer<unsigned>(byte & std::byte{0xf})];
  }
}

void key_floating(std::string& out, float value) { append_floating(out, value, 'f'); }
void key_floating(std::string& out, double value) { append_floating(out, value, 'd'); }
void key_floating(std::string& out, long double value) { append_floating(out, value, 'l'); }

void key_sorted(std::string& out, std::vector<std::string>& parts) {
  std::sort(parts.begin(), parts.end());
  out += '[';
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += ',';
    out += parts[i];
  }
  out += ']';
}

void key_unit(std::string& out, std::intmax_t num, std::intmax_t den) {
  struct Unit {
    std::intmax_t num, den;
    const char* name;
  };
  constexpr Unit kUnits[] = {{1, 1'000'000'000, "ns"}, {1, 1'000'000, "us"}, {1, 1000, "ms"},  {1, 1, "s"},
                             {60, 1, "min"},           {3600, 1, "h"},       {86400, 1, "day"}};
  for (const Unit& unit : kUnits) {
    if (unit.num == num && unit.den == den) {
      out += unit.name;
      return;
    }
  }
  out += '*';
  append_number(out, num);
  out += '/';
  append_number(out, den);
  out += 's';
}

}  // namespace freshet::detail
