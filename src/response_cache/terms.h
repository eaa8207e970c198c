// What a route says about its handler's answer, put into the words of HTTP, so that the same functions decide here as
// in the proxy: a targeted field (RFC 9213) that speaks to this cache only, and rules for its reading.
//
// What the answer's own Cache-Control tells browsers (max-age, no-cache, must-revalidate) does not bind this cache
// where the route has a ttl; what it forbids (no-store, private) does, unless the route allows it.
#pragma once

#include "http/fields.h"
#include "http/rules.h"

#include <freshet/reason.h>
#include <freshet/response_cache.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::response_cache {

/// A handler may set it too; then it speaks in the route's place. It never leaves this cache.
inline constexpr std::string_view kControlField = "Freshet-Cache-Control";

struct Terms {
  /// Why the answer is not stored, where that is known before anybody looks at it by RFC 9111.
  std::optional<Reason> refusal;
  /// The value of kControlField. Empty: the answer's own fields are to be read.
  std::string control;
};

/// `took`: how long the handler ran. RFC 9111 counts that as age; a ttl begins when the answer is there.
Terms terms_of(const Route& route, int status, http::Fields fields, std::chrono::seconds took);

/// The rules by which an answer of a route is kept and reused.
class RuleBook {
 public:
  explicit RuleBook(bool obey_reload);
  /// `personal`: the key names a user, whose own cache this then is. `refreshes`: stale answers may be refreshed in the
  /// background.
  const http::Rules& rules(const Route& route, bool personal, bool refreshes) const noexcept;

 private:
  std::array<http::Rules, 16> rules_;
};

}  // namespace freshet::response_cache
