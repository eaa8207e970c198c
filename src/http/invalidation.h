// What an unsafe request takes out of the cache when it succeeded (RFC 9111 section 4.4).
#pragma once

#include "http/fields.h"
#include "http/rules.h"

#include <string>
#include <string_view>
#include <vector>

namespace freshet::http {

/// Methods that RFC 9110 section 9.2.1 and the method registry call safe. A method that nobody knows is not.
bool is_safe(std::string_view method) noexcept;

/// The keys whose stored responses, with all their variants, are to be invalidated: the target's, and those that
/// Location and Content-Location name, if they have the same origin. Empty for safe methods and for errors.
std::vector<std::string> invalidated_keys(const Request& request, const Response& response, const Rules& rules);

}  // namespace freshet::http
