// Whether a stored response may answer a request now (RFC 9111 section 4), and what else is to be done.
#pragma once

#include "http/cache_control.h"
#include "http/keep.h"
#include "http/stored_head.h"

#include <freshet/reason.h>

namespace freshet::http {

enum class Course : std::uint8_t {
  serve,                 ///< answer from the cache
  serve_and_revalidate,  ///< answer from the cache, and validate in the background (RFC 5861 section 3)
  validate,              ///< ask the origin, with the stored validators if there are any (conditional.h)
  forward,               ///< ask the origin as if nothing were stored
  refuse,                ///< only-if-cached: 504, the origin is not asked (RFC 9111 section 5.2.1.7)
};

struct Reuse {
  Course course = Course::forward;
  /// The hit or stale reason it serves with, or why it does not.
  Reason reason = Reason::miss_absent;
  /// The value of the Age field of an answer from the cache (RFC 9111 section 5.1).
  Seconds age{0};
};

/// `stored` is the response selected by key and Vary. `directives` are the request's own.
Reuse reuse(const StoredHead& stored, const Request& request, const RequestDirectives& directives, const Rules& rules,
            Instant now);

/// The same where nothing is stored that could be selected; `why` says so: miss_absent, miss_variant ...
Reuse nothing_stored(const Request& request, const RequestDirectives& directives, const Rules& rules, Reason why);

/// The origin could not be reached, or answered `status` of 500, 502, 503 or 504 (0: it did not answer): may the stored
/// response stand in for it? RFC 9111 sections 4.2.4 and 4.3.3, RFC 5861 section 4.
///
/// serve with stale_on_error (or hit, when only the request had wanted a newer one). Otherwise `forward`: the failure
/// goes to the client, as 504 if the origin did not answer, as it is if it did.
Reuse reuse_on_error(const StoredHead& stored, const Request& request, const RequestDirectives& directives,
                     const Rules& rules, Instant now, std::uint16_t status);

}  // namespace freshet::http
