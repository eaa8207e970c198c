// Which fields a message leaves behind on its way: those of one connection only (RFC 9110 section 7.6.1), those that
// Connection names, and those that a cache does not store (RFC 9111 section 3.1) or does not pass on.
//
// Connection is written by strangers. What it names is removed unless both ends rely on it: a client that sends
// `Connection: Cookie, X-Forwarded-For` may not make the origin see another request than the one that was decided on
// (CVE-2022-31813), and an origin's `Connection: Cache-Control` may not unsay it.
#pragma once

#include "http/cache_control.h"

namespace freshet::http {

/// Of one connection by definition, whether Connection names it or not.
bool is_hop_by_hop(std::string_view name) noexcept;

/// Connection names it, and it is not one of those that Connection cannot remove.
bool is_removed_by_connection(Fields fields, std::string_view name);

/// Whether a field of the response is kept in the cache. Left out besides the above, because the cache writes them
/// itself for each answer: Age, Content-Length, and of a 206 Content-Range.
bool is_stored_field(const Response& response, const ResponseDirectives& directives, const Rules& rules,
                     std::string_view name);

/// Whether a field of a client's request goes on to the origin. Content-Length and Transfer-Encoding are the writer's
/// own affair and do not.
bool is_forwarded_field(const Request& request, const Rules& rules, std::string_view name);

/// Whether a field of the origin's response goes on to the client, from the cache or past it.
bool is_returned_field(const Response& response, std::string_view name);

}  // namespace freshet::http
