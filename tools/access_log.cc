#include "access_log.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace freshet::tools {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// `10/Oct/2000:13:55:36 -0700`
bool take_instant(std::string_view& text, Instant& at) {
  unsigned day = 0;
  int year = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  if (!take_number(text, day) || !take(text, "/")) return false;
  const auto* month = std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3));
  if (month == kMonths.end()) return false;
  text.remove_prefix(3);
  if (!take(text, "/") || !take_number(text, year) || !take(text, ":") || !take_number(text, hour) ||
      !take(text, ":") || !take_number(text, minute) || !take(text, ":") || !take_number(text, second) ||
      !take(text, " ")) {
    return false;
  }
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return false;
  text.remove_prefix(1);
  unsigned zone = 0;
  if (!take_number(text, zone)) return false;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                         std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || zone % 100 > 59 || zone > 1800) return false;
  const std::chrono::minutes offset{zone / 100 * 60 + zone % 100};
  at = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
       std::chrono::seconds(second) - (west ? -offset : offset);
  return true;
}

// Up to the quote that ends it; a quote inside has a backslash before it.
std::optional<std::string_view> take_quoted(std::string_view& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      const std::string_view quoted = text.substr(0, i);
      text.remove_prefix(i + 1);
      return quoted;
    }
  }
  return std::nullopt;
}

// `GET /a HTTP/1.1`
bool split_request(std::string_view request, LogLine& line) {
  const std::size_t first = request.find(' ');
  const std::size_t last = request.rfind(' ');
  if (first == std::string_view::npos || first == 0 || last <= first + 1) return false;
  if (!request.substr(last + 1).starts_with("HTTP/")) return false;
  line.method = request.substr(0, first);
  line.target = request.substr(first + 1, last - first - 1);
  return line.target.find(' ') == std::string_view::npos;
}

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view text) {
  LogLine line;
  // A user's name may hold a bracket, but hardly one that a date follows.
  for (std::size_t bracket = text.find(" ["); bracket != std::string_view::npos;
       bracket = text.find(" [", bracket + 1)) {
    std::string_view rest = text.substr(bracket + 2);
    if (!take_instant(rest, line.at)) continue;
    if (!take(rest, "] \"")) return std::nullopt;
    const auto request = take_quoted(rest);
    if (!request || !split_request(*request, line)) return std::nullopt;
    if (!take(rest, " ") || !take_number(rest, line.status) || !take(rest, " ")) return std::nullopt;
    // Apache writes a dash for no bytes.
    if (!take(rest, "-") && !take_number(rest, line.body_bytes)) return std::nullopt;
    if (!rest.empty() && rest.front() != ' ') return std::nullopt;
    return line;
  }
  return std::nullopt;
}

}  // namespace freshet::tools
