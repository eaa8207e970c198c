// `freshet explain STORE http://...`: what a proxy has stored for a URL.
#pragma once

#include <freshet/responses.h>

#include <string>
#include <string_view>

namespace freshet::tools {

/// Whether a key is a URL that a proxy stores responses under.
constexpr bool is_url(std::string_view key) { return key.starts_with("http://") || key.starts_with("https://"); }

std::string text_of(const StoredResponses& all, Instant now);
std::string json_of(const StoredResponses& all, Instant now);

}  // namespace freshet::tools
