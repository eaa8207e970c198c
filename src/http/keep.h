// From a response that just came to what is kept of it: may it be stored, is that of any use, which facts and which
// fields, until when. The driver calls keep() when the response's head is there, and may then stream the body.
#pragma once

#include "http/freshness.h"
#include "http/stored_head.h"

#include <freshet/reason.h>

#include <string>

namespace freshet::http {

struct Kept {
  /// Reason::stored: the rest holds. Otherwise why not.
  Reason reason = Reason::stored;
  Facts facts;
  /// How long the store should hold it at all: past its freshness as long as it may be served stale or validated.
  Instant keep_until{};
};

/// `body_bytes`: the body's length if it is known already, from Content-Length; else kUnknownBytes.
Kept keep(const Request& request, const Response& response, const Rules& rules, const Exchange& exchange,
          std::uint64_t body_bytes);

/// Appends the encoded head of a response that keep() wants: the fields that are stored, and a Date where the origin
/// sent none (RFC 9110 section 6.6.1). False when a field cannot be stored: refused_bad_field.
bool append_kept_head(std::string& out, const Kept& kept, const Response& response, const Rules& rules);

/// Until when a stored response is of use, by these rules.
Instant keep_until(const Facts& facts, bool has_validator, const Rules& rules);

/// The stale spans in effect: what the origin said and the rules allow. Zero when it must not be served stale.
struct StaleSpans {
  Seconds while_revalidating{0};
  Seconds if_error{0};
};
StaleSpans stale_spans(const Facts& facts, const Rules& rules);

}  // namespace freshet::http
