// Selecting by Vary (RFC 9111 section 4.1): the request fields that a response depends on, written down so that two
// requests match exactly if the texts are equal.
//
//   accept-language=de,en       the field's lines joined, normalised, with a line break before each name
//   cookie-                     the field is absent, which is not the same as empty
//
// Names are in lower case, sorted, each once. No name contains '=', '-' followed by a line break, or a line break, and
// no value contains a line break, so that no two different requests give the same text.
#pragma once

#include "http/fields.h"
#include "http/rules.h"

#include <optional>
#include <string>
#include <string_view>

namespace freshet::http {

/// The names in all Vary lines: lower case, sorted, unique, joined by commas. Empty: no Vary. Nothing: "*" is among
/// them, or what is no field name, or more than the rules allow; such a response matches no request.
std::optional<std::string> vary_names(Fields response, const Rules& rules);

/// Appends the request's selecting text for `names` (as vary_names() gives them). False, and nothing appended, when it
/// is longer than the rules allow.
///
/// What counts as equal: lines of one name joined; whitespace around commas, in fields that are lists (in others too
/// with Rules::vary_trims_unknown); and in the fields of content negotiation case, order and the spelling of weights.
/// Cost: no allocation but the growth of `out`.
bool append_selecting(std::string& out, std::string_view names, Fields request, const Rules& rules);

/// The language that an Accept-Language wants more than all others: the only one of the greatest weight. Empty when
/// there is none or more than one.
std::string_view preferred_language(Fields request);

}  // namespace freshet::http
