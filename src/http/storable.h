// Whether a response may be stored (RFC 9111 section 3), and if not, why.
#pragma once

#include "http/cache_control.h"

#include <freshet/reason.h>

namespace freshet::http {

/// Reason::stored or one of the refused_ ones. About the head alone: whether the body came whole is known later
/// (refused_incomplete), and whether storing is of any use is keep()'s question.
Reason storable(const Request& request, const Response& response, const ResponseDirectives& directives,
                const Rules& rules);

/// A response directive allows to keep what was asked for with Authorization (RFC 9111 section 3.5).
bool shares_authorized(const ResponseDirectives& directives, const Rules& rules);

/// The answer to a POST that a later GET of the same target may get (RFC 9110 section 9.3.3).
bool answers_get(const Request& request, const Response& response, const ResponseDirectives& directives,
                 const Rules& rules);

}  // namespace freshet::http
