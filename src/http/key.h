// The cache key of a request: its target URI (RFC 9111 section 2), and nothing that a client can vary without varying
// the resource.
//
// Scheme and host in lower case, without the scheme's default port, because those name the same origin by RFC 9110
// section 4.2.3. Path and query byte by byte as they came: origins decode, fold and cut them in ways of their own, and
// a cache that guesses wrong serves one page for another (cache deception, CVE-2021-23336). The method is not part of
// it: only answers to GET are stored.
//
//   http://example.org:8080/a%2Fb?x=1&y
#pragma once

#include "http/fields.h"
#include "http/rules.h"
#include "http/uri.h"

#include <string>

namespace freshet::http {

/// Appends the key. False, with nothing appended, when host or target cannot be one: user information in the host, a
/// target that does not begin with a slash, a space, control byte or fragment in it. Such a request gets a 400.
bool append_key(std::string& out, const Request& request, const Rules& rules);
bool append_key(std::string& out, const Uri& uri, const Rules& rules);

}  // namespace freshet::http
