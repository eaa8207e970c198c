// HTTP responses that are stored in a segment, by the proxy or by an application: taking them out from any process that
// has the same store open.
#pragma once

#include <freshet/reason.h>
#include <freshet/store.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

/// The namespace in which the proxy keeps them. `cache.namespaced("http").clear()` takes all of them out.
inline constexpr std::string_view kResponsesNamespace = "http";

/// How many levels of a path purge_prefix() can tell apart.
inline constexpr std::size_t kMostPrefixLevels = 8;

/// What a purge reached.
struct Purged {
  /// erased, invalidated, or refused_absent: nothing was stored. In each case a fetch under way that began before the
  /// purge is answered to its client and not stored.
  Reason reason = Reason::refused_absent;
  /// Of a URL: its responses, one for each variant. Of a prefix it is not known, and 0: like a tag, it is invalidated
  /// by a number, without a look at any response.
  std::size_t responses = 0;
};

/// The response to GET of this URL ("http://example.org/page?a=b"), with all its variants.
/// Errors: ConfigError for what is no such URL. Cost: two lookups.
Purged purge_url(Store& store, std::string_view url);

/// All responses whose URL begins so: "http://example.org/shop/". Ends with a slash, and has at most kMostPrefixLevels
/// of them behind the host. Errors: ConfigError for any other.
/// Cost: that of a tag, whatever it reaches.
Purged purge_prefix(Store& store, std::string_view prefix);

/// One stored response, as a request would see it that is made now.
struct StoredResponse {
  /// What its Vary selects it by: "accept-encoding=gzip", a line for each field; empty without Vary.
  std::string selected_by;
  Explanation entry;
  /// The rest holds only if the entry was found and its head can be read.
  bool readable = false;
  std::uint16_t status = 0;
  std::string etag;
  Duration age{};
  Instant fresh_until{};
  /// How long after that it may be served, as the origin said; none where it said nothing.
  std::optional<Duration> stale_while_revalidate;
  std::optional<Duration> stale_if_error;
  bool no_cache = false;         ///< validated before each use
  bool must_revalidate = false;  ///< never stale
  bool heuristic = false;        ///< nobody said how long it is fresh
  std::uint64_t body_bytes = 0;
};

/// All that is stored for GET of a URL.
struct StoredResponses {
  std::string key;  ///< of the URL, without the namespace
  Explanation url;  ///< the entry under that key: the response itself, or the list of variants
  bool varies = false;
  std::vector<StoredResponse> responses;
};
/// Errors: ConfigError for what is no http URL. Cost: a lookup for each variant; for people, not for hot paths.
StoredResponses explain_url(Store& store, std::string_view url, Instant now);

}  // namespace freshet
