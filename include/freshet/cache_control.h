// Cache-Control as an application says it to browsers and CDNs (RFC 9111 section 5.2.2, RFC 5861, RFC 8246). What this
// host's own cache does is said by Route (response_cache.h), and does not depend on it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace freshet {

/// `CacheControl{.is_public = true, .max_age = 60s}.text()` is "public, max-age=60". The same text serves for
/// CDN-Cache-Control (RFC 9213), which only CDNs read and which they prefer.
struct CacheControl {
  bool is_public = false;         ///< shared caches may keep it, even where the request had Authorization
  bool is_private = false;        ///< one user's: browsers only
  bool no_store = false;          ///< nobody keeps it
  bool no_cache = false;          ///< keep it, but ask before each use: cheap, with an ETag
  bool must_revalidate = false;   ///< never stale
  bool proxy_revalidate = false;  ///< never stale in shared caches
  bool immutable = false;         ///< will not change while it is fresh: no request on reload
  bool no_transform = false;
  std::optional<std::chrono::seconds> max_age = std::nullopt;
  std::optional<std::chrono::seconds> s_maxage = std::nullopt;  ///< for shared caches, in place of max_age
  std::optional<std::chrono::seconds> stale_while_revalidate = std::nullopt;
  std::optional<std::chrono::seconds> stale_if_error = std::nullopt;

  /// Errors: ConfigError for what contradicts itself (public and private, no-store and a lifetime) and negative spans.
  std::string text() const;

  /// For files whose name changes with their content, such as app.3f2a.js: public, a year, immutable.
  static CacheControl asset();
  /// For pages that must be right at each look and seldom change: no-cache, answered by 304 while they are the same.
  static CacheControl revalidated();
  /// For one user's pages: private, no-cache.
  static CacheControl personal();
};

}  // namespace freshet
