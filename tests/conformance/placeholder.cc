#include "tests/conformance/placeholder.h"

#include "http/date.h"
#include "http/grammar.h"
#include "tests/conformance/case.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>

namespace freshet::conformance {
namespace {

std::optional<std::chrono::seconds> signed_span(std::string_view text) {
  if (text.empty()) return std::chrono::seconds{0};
  const int sign = text.front() == '-' ? -1 : 1;
  if (text.front() != '-' && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end + 1 != text.data() + text.size()) return std::nullopt;
  switch (*end) {
    case 's':
      return std::chrono::seconds(sign * count);
    case 'm':
      return std::chrono::minutes(sign * count);
    case 'h':
      return std::chrono::hours(sign * count);
    case 'd':
      return std::chrono::hours(24 * sign * count);
    default:
      return std::nullopt;
  }
}

std::optional<std::string> date(Instant at, std::string_view form) {
  std::string text(http::DateText(at).view());
  if (form.empty()) return text;
  if (form == "lower") {
    std::transform(text.begin(), text.end(), text.begin(), http::lower);
    return text;
  }
  if (form == "local") return text.substr(0, text.size() - 3) + "EST";
  const char* pattern = form == "rfc850"    ? "%A, %d-%b-%y %H:%M:%S GMT"
                        : form == "asctime" ? "%a %b %e %H:%M:%S %Y"
                                            : "";
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char out[64];
  const std::size_t bytes = std::strftime(out, sizeof out, pattern, &parts);
  return bytes == 0 ? std::nullopt : std::optional(std::string(out, bytes));
}

std::optional<std::string> one(std::string_view word, const Surroundings& where) {
  if (word == "root") return where.root;
  if (word == "host") return where.host;
  if (word.size() > 2 && word[1] == '*') {
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(word.data() + 2, word.data() + word.size(), count);
    if (error == std::errc() && end == word.data() + word.size() && count <= 1000000)
      return std::string(count, word[0]);
    return std::nullopt;
  }
  const bool from_start = word.starts_with("start");
  if (!from_start && !word.starts_with("now")) return std::nullopt;
  word.remove_prefix(from_start ? 5 : 3);
  const std::size_t as = word.find(" as ");
  const auto span = signed_span(word.substr(0, as));
  if (!span) return std::nullopt;
  const Instant at = (from_start ? where.start : where.now) + *span;
  return date(at, as == std::string_view::npos ? std::string_view() : word.substr(as + 4));
}

}  // namespace

std::string filled_in(std::string_view text, const Surroundings& where) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::size_t close = text.find('}');
    const std::string_view word = close == std::string_view::npos ? text : text.substr(1, close - 1);
    const auto value = close == std::string_view::npos ? std::nullopt : one(word, where);
    if (!value)
      throw CaseError("'" + std::string(text.substr(0, close == std::string_view::npos ? close : close + 1)) +
                      "' is no placeholder; see tests/conformance/placeholder.h");
    out += *value;
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace freshet::conformance
