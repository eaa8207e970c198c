// How long a response is fresh and how old it already was when it came (RFC 9111 section 4.2).
#pragma once

#include "http/cache_control.h"

#include <freshet/time.h>

namespace freshet::http {

/// The two readings of the clock that RFC 9111 section 4.2.3 needs; the driver takes them.
struct Exchange {
  Instant request_at;   ///< just before the request was sent
  Instant response_at;  ///< when the response's head was there
};

enum class Basis : std::uint8_t {
  none,       ///< nobody says, and nothing may be assumed
  stated,     ///< s-maxage, max-age or Expires
  heuristic,  ///< assumed from Last-Modified, section 4.2.2
};

struct Freshness {
  Basis basis = Basis::none;
  Seconds lifetime{0};
  /// Section 4.2.3's corrected_initial_age: at response_at.
  Seconds initial_age{0};
  /// The value of Date, or response_at where there is no valid one (RFC 9110 section 6.6.1).
  Instant date{};
  /// Heuristics were possible but for the Content-Type, which contradicts the path's ending.
  bool deceptive = false;
};

/// The response says how long it is fresh, validly or not (section 4.2.1): then nothing may be assumed.
bool states_freshness(const Response& response, const ResponseDirectives& directives, const Rules& rules);

Freshness freshness(const Request& request, const Response& response, const ResponseDirectives& directives,
                    const Rules& rules, const Exchange& exchange);

/// The value of the Age field (section 5.1): of the first line, its first member; what is no number counts as none.
Seconds age_value(Fields fields);

/// current_age at `now` (section 4.2.3). Saturates; a clock that was set back makes nothing younger than it was.
Seconds current_age(Seconds initial_age, Instant response_at, Instant now);

/// The path ends like a static file's (.css, .png ...) and the media type is not what such a file has.
bool contradicts_path(std::string_view target, std::string_view content_type);

}  // namespace freshet::http
