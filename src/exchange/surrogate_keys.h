// The tags that an origin gives its response, by which it can be purged: Surrogate-Key and xkey, separated by spaces,
// and Cache-Tag, separated by commas.
#pragma once

#include "http/fields.h"

#include <string>
#include <vector>

namespace freshet::exchange {

/// Appends each tag once, in order. How many a response may have is the store's to say.
void append_surrogate_keys(std::vector<std::string>& tags, http::Fields fields);
bool is_surrogate_key_field(std::string_view name) noexcept;

}  // namespace freshet::exchange
