#include "http/validators.h"

#include "http/date.h"

#include <algorithm>

namespace freshet::http {
namespace {

// What the comparison is about: the tag without its mark of weakness.
std::string_view opaque(std::string_view tag) noexcept { return is_weak(tag) ? tag.substr(2) : tag; }

// "Enough of a difference to make clock synchronization issues unlikely": a minute, as RFC 2616 had it.
constexpr Seconds kClearlyLater{60};

}  // namespace

bool is_weak(std::string_view tag) noexcept { return tag.starts_with("W/"); }

bool is_entity_tag(std::string_view text) noexcept {
  text = opaque(text);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  // etagc = %x21 / %x23-7E / obs-text
  return std::all_of(text.begin() + 1, text.end() - 1, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != '"' && byte != 0x7f;
  });
}

bool strongly_equal(std::string_view a, std::string_view b) noexcept {
  return a == b && !is_weak(a) && is_entity_tag(a);
}

bool weakly_equal(std::string_view a, std::string_view b) noexcept {
  return opaque(a) == opaque(b) && is_entity_tag(a) && is_entity_tag(b);
}

bool matches_if_none_match(Fields request, std::string_view tag) noexcept {
  bool matches = false;
  each_member(request, "If-None-Match",
              [&](std::string_view member) { matches = matches || member == "*" || weakly_equal(member, tag); });
  return matches;
}

Validators validators(Fields fields, Instant now) {
  Validators out;
  if (const auto etag = find(fields, "ETag"); etag && is_entity_tag(*etag)) out.etag = *etag;
  if (const auto text = find(fields, "Last-Modified")) {
    if (const auto at = parse_date(*text, now)) {
      out.last_modified = *text;
      out.modified_at = *at;
    }
  }
  return out;
}

bool is_strong_date(Instant modified_at, Instant date) noexcept { return modified_at + kClearlyLater <= date; }

}  // namespace freshet::http
