#include "http/freshness.h"

#include "http/date.h"
#include "http/status.h"

#include <algorithm>
#include <array>

namespace freshet::http {
namespace {

Seconds clamp(Seconds span) { return std::clamp(span, Seconds{0}, kMostSeconds); }

Seconds between(Instant from, Instant to) {
  // Both are instants of a calendar or a clock: their difference does not overflow 64 bits of microseconds.
  return to <= from ? Seconds{0} : clamp(std::chrono::floor<Seconds>(to - from));
}

// Section 4.2.1, third rule; section 5.3: an invalid date is a time in the past. Two that differ are not believed.
Seconds lifetime_by_expires(Fields fields, Instant date, Instant now) {
  const auto first = find(fields, "Expires");
  const bool one = std::all_of(fields.begin(), fields.end(), [&](const Field& field) {
    return !same_word(field.name, "Expires") || field.value == *first;
  });
  if (!one) return Seconds{0};
  const auto expires = parse_date(*first, now);
  return expires ? between(date, *expires) : Seconds{0};
}

struct Kind {
  std::string_view ending;
  std::string_view type;  // what its media type begins with
};
constexpr std::array<Kind, 26> kStaticKinds = {{
    {"css", "text/css"},     {"js", "text/javascript"}, {"js", "application/"}, {"mjs", "text/javascript"},
    {"mjs", "application/"}, {"png", "image/"},         {"jpg", "image/"},      {"jpeg", "image/"},
    {"gif", "image/"},       {"webp", "image/"},        {"avif", "image/"},     {"svg", "image/"},
    {"ico", "image/"},       {"bmp", "image/"},         {"woff", "font/"},      {"woff", "application/"},
    {"woff2", "font/"},      {"woff2", "application/"}, {"ttf", "font/"},       {"ttf", "application/"},
    {"mp4", "video/"},       {"webm", "video/"},        {"mp3", "audio/"},      {"pdf", "application/pdf"},
    {"zip", "application/"}, {"txt", "text/plain"},
}};

// The path has a static file's ending, and no such file has this type.
bool ends_like_another_kind(std::string_view path, std::string_view content_type) {
  // An encoded delimiter before the ending, /account%3Fx.css, deceives no less: only the ending counts.
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || path.find('/', dot) != std::string_view::npos) return false;
  const std::string_view ending = path.substr(dot + 1);
  bool known = false;
  for (const Kind& kind : kStaticKinds) {
    if (!same_word(ending, kind.ending)) continue;
    if (begins_with_word(content_type, kind.type)) return false;
    known = true;
  }
  return known;
}

}  // namespace

bool contradicts_path(std::string_view target, std::string_view content_type) {
  // Some origins cut a path at its first semicolon, others do not (/account;x.css): either ending may deceive.
  const std::string_view path = target.substr(0, target.find('?'));
  return ends_like_another_kind(path, content_type) ||
         ends_like_another_kind(path.substr(0, path.find(';')), content_type);
}

Seconds age_value(Fields fields) {
  const auto line = find(fields, "Age");
  if (!line) return Seconds{0};
  Members members(*line);
  return parse_delta_seconds(members.next().value_or("")).value_or(Seconds{0});
}

Seconds current_age(Seconds initial_age, Instant response_at, Instant now) {
  return clamp(initial_age + between(response_at, now));  // section 4.2.3: plus resident_time
}

bool states_freshness(const Response& response, const ResponseDirectives& directives, const Rules& rules) {
  if (directives.max_age.present || (rules.shared && directives.s_maxage.present)) return true;
  return !directives.targeted && has(response.fields, "Expires");
}

Freshness freshness(const Request& request, const Response& response, const ResponseDirectives& directives,
                    const Rules& rules, const Exchange& exchange) {
  Freshness out;
  const auto date_text = find(response.fields, "Date");
  const auto date = date_text ? parse_date(*date_text, exchange.response_at) : std::nullopt;
  // RFC 9110 section 6.6.1: without one, the time at which it was received.
  out.date = date.value_or(exchange.response_at);

  // Section 4.2.3. The Age field counts from when the request was sent; Date catches caches that do not send Age.
  const Seconds apparent_age = between(out.date, exchange.response_at);
  const Seconds corrected_age = clamp(age_value(response.fields) + between(exchange.request_at, exchange.response_at));
  out.initial_age = std::max(apparent_age, corrected_age);

  // Section 4.2.1, the first that is there.
  if (states_freshness(response, directives, rules)) {
    out.basis = Basis::stated;
    if (rules.shared && directives.s_maxage.present) {
      out.lifetime = directives.s_maxage.or_zero();
    } else if (directives.max_age.present) {
      out.lifetime = directives.max_age.or_zero();
    } else {
      out.lifetime = lifetime_by_expires(response.fields, out.date, exchange.response_at);
    }
    return out;
  }

  // Section 4.2.2: only these, and only where Last-Modified gives a measure.
  if (!is_heuristically_cacheable(response.status) && !directives.is_public) return out;
  if (rules.heuristic_percent == 0) return out;
  if (!rules.heuristic_with_cookie && has(request.fields, "Cookie") && !directives.is_public) return out;
  const auto modified_text = find(response.fields, "Last-Modified");
  const auto modified = modified_text ? parse_date(*modified_text, exchange.response_at) : std::nullopt;
  if (!modified) return out;
  if (!rules.heuristic_against_type &&
      contradicts_path(request.target, find(response.fields, "Content-Type").value_or(""))) {
    out.deceptive = true;
    return out;
  }
  out.basis = Basis::heuristic;
  const Seconds fraction = between(*modified, out.date) * std::min(rules.heuristic_percent, 100U) / 100;
  out.lifetime = std::min(fraction, clamp(rules.heuristic_most));
  return out;
}

}  // namespace freshet::http
