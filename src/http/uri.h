// Just enough of URIs for a cache (RFC 3986): the parts of an http(s) URI, a reference resolved against a base, and
// whether two have one origin. Nothing is decoded and nothing normalised that the origin could tell apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet::http {

/// An absolute http or https URI in three pieces. Views.
struct Uri {
  std::string_view scheme;
  std::string_view authority;
  std::string_view target;  ///< path and query; may be empty
};

/// The host that an authority names, without the port if it is the scheme's default one. Nothing when it is not a plain
/// host [":" port]: with user information, a space, a slash or any other byte that no host has.
struct Host {
  std::string_view name;  ///< as written, in whatever case; IPv6 addresses in their brackets
  std::string_view port;  ///< digits without leading zeros, or empty for the default one
};
std::optional<Host> parse_host(std::string_view scheme, std::string_view authority) noexcept;

/// RFC 9110 section 4.3.1: the same scheme, host and port.
bool same_origin(const Uri& a, const Uri& b) noexcept;

/// `reference` as seen from `base` (RFC 3986 section 5.2), without its fragment. Nothing when the result is no http(s)
/// URI. The result's views point into `storage`.
std::optional<Uri> resolve(const Uri& base, std::string_view reference, std::string& storage);

}  // namespace freshet::http
