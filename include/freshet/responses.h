// HTTP responses that are stored in a segment, by the proxy or by an application: taking them out from any process that
// has the same store open.
#pragma once

#include <freshet/reason.h>
#include <freshet/store.h>

#include <cstddef>
#include <string_view>

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

}  // namespace freshet
