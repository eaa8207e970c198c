#include "http/hop_by_hop.h"

#include <algorithm>
#include <array>

namespace freshet::http {
namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return same_word(one, name); });
}

// RFC 9110 section 7.6.1, with RFC 9111 section 3.1 for the three Proxy- fields: they belong to the client and the next
// proxy, and "MUST NOT be stored".
constexpr std::array<std::string_view, 11> kHopByHop = {
    "Connection", "Keep-Alive", "Proxy-Connection",  "Proxy-Authenticate",        "Proxy-Authorization", "TE",
    "Trailer",    "Upgrade",    "Transfer-Encoding", "Proxy-Authentication-Info", "HTTP2-Settings"};

constexpr std::array<std::string_view, 23> kNotRemovable = {
    // Who asks, and for what (CVE-2022-31813).
    "Host", "Cookie", "Authorization", "Content-Length", "Forwarded", "Via", "Range", "Origin",
    // What the message is, and how it may be cached.
    "Age", "Cache-Control", "Content-Encoding", "Content-Location", "Content-Range", "Content-Type", "Date", "ETag",
    "Expires", "Last-Modified", "Location", "Pragma", "Vary", "CDN-Cache-Control", "Content-Security-Policy"};

}  // namespace

bool is_hop_by_hop(std::string_view name) noexcept { return is_one_of(kHopByHop, name); }

bool is_removed_by_connection(Fields fields, std::string_view name) {
  if (!contains_word(fields, "Connection", name)) return false;
  return !is_one_of(kNotRemovable, name) && !begins_with_word(name, "X-Forwarded-");
}

bool is_stored_field(const Response& response, const ResponseDirectives& directives, const Rules& rules,
                     std::string_view name) {
  if (!is_returned_field(response, name)) return false;
  if (same_word(name, "Age") || same_word(name, "Content-Length")) return false;
  // Of any other status it means nothing (RFC 9110 section 14.4), and what means nothing is kept (RFC 9111
  // section 3.1).
  if (same_word(name, "Content-Range") && response.status == 206) return false;
  // RFC 9111 section 5.2.2.4: sent again only after validation, and validation brings it anew.
  if (directives.no_cache_fields.contains(name)) return false;
  // RFC 9111 section 5.2.2.7: of one user; a private cache may keep it.
  if (rules.shared && directives.private_fields.contains(name)) return false;
  if (same_word(name, "Set-Cookie") || same_word(name, "Set-Cookie2")) return rules.set_cookie == SetCookie::store;
  return true;
}

bool is_forwarded_field(const Request& request, const Rules& rules, std::string_view name) {
  if (is_hop_by_hop(name) || same_word(name, "Content-Length")) return false;
  if (is_removed_by_connection(request.fields, name)) return false;
  if (!rules.forward_underscored_fields && name.find('_') != std::string_view::npos) return false;
  return std::none_of(rules.unkeyed_fields.begin(), rules.unkeyed_fields.end(),
                      [&](const std::string& unkeyed) { return same_word(unkeyed, name); });
}

bool is_returned_field(const Response& response, std::string_view name) {
  return !is_hop_by_hop(name) && !is_removed_by_connection(response.fields, name);
}

}  // namespace freshet::http
