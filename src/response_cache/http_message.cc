#include "http/fields.h"

#include <freshet/http_message.h>

#include <algorithm>
#include <charconv>

namespace freshet {
namespace {

int hex(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex(text[i + 1]) : -1;
    const int low = high >= 0 ? hex(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// RFC 9110 section 12.4.2, in thousandths; what is no weight counts as none.
int thousandths(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return 0;
  int worth = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return 0;
    value += (c - '0') * worth;
    worth /= 10;
  }
  return std::min(value, 1000);
}

// "de-AT" matches "de-AT" and "de"; "de" does not match "de-AT". The longer the match, the closer.
std::size_t closeness(std::string_view range, std::string_view language) noexcept {
  if (range == "*") return 1;
  if (language.size() > range.size() || !http::same_word(range.substr(0, language.size()), language)) return 0;
  return language.size() == range.size() || range[language.size()] == '-' ? language.size() + 1 : 0;
}

}  // namespace

std::optional<std::string_view> find_field(std::span<const HttpField> fields, std::string_view name) noexcept {
  for (const HttpField& field : fields) {
    if (http::same_word(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> query_parameters(std::string_view target) {
  std::vector<std::pair<std::string, std::string>> out;
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos) return out;
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    out.emplace_back(decoded(one.substr(0, equals)), decoded(one.substr(std::min(equals + 1, one.size()))));
  }
  return out;
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
  for (auto& [one, value] : query_parameters(target)) {
    if (one == name) return std::move(value);
  }
  return std::nullopt;
}

std::optional<std::string> HttpRequest::cookie(std::string_view name) const {
  for (const HttpField& field : fields) {
    if (!http::same_word(field.name, "Cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::string_view one = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      const std::size_t equals = one.find('=');
      if (equals == std::string_view::npos || http::trim(one.substr(0, equals)) != name) continue;
      return std::string(http::trim(one.substr(equals + 1)));
    }
  }
  return std::nullopt;
}

const std::string& accepted_language(const HttpRequest& request, std::span<const std::string> offered) {
  const std::string* best = &offered.front();
  int best_weight = 0;
  for (const std::string& language : offered) {
    // Of the ranges that match a language the closest gives its weight: `de;q=0, *` refuses German.
    std::size_t closest = 0;
    int weight = 0;
    for (const HttpField& field : request.fields) {
      if (!http::same_word(field.name, "Accept-Language")) continue;
      http::Members members(field.value);
      while (const auto member = members.next()) {
        const std::size_t semicolon = std::min(member->find(';'), member->size());
        std::string_view q = http::trim(member->substr(std::min(semicolon + 1, member->size())));
        const bool has_weight = q.size() > 2 && (q[0] == 'q' || q[0] == 'Q') && q[1] == '=';
        const std::size_t close = closeness(http::trim(member->substr(0, semicolon)), language);
        if (close <= closest) continue;
        closest = close;
        weight = has_weight ? thousandths(q.substr(2)) : 1000;
      }
    }
    if (weight > best_weight) {
      best = &language;
      best_weight = weight;
    }
  }
  return *best;
}

}  // namespace freshet
