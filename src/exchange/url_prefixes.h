// The beginnings of a URL that can be purged, as tags of its response: "http://example.org/",
// "http://example.org/shop/".
#pragma once

#include <freshet/responses.h>

#include <string>
#include <string_view>
#include <vector>

namespace freshet::exchange {

/// The tag that stands for a prefix. It begins with a byte that no origin's tag has.
std::string prefix_tag(std::string_view prefix);

/// Appends a tag for each level of the URL's path, kMostPrefixLevels at most. `url_key` is what http::append_key()
/// makes.
void append_prefix_tags(std::vector<std::string>& tags, std::string_view url_key);

}  // namespace freshet::exchange
