// The key of a URL that somebody has typed.
#pragma once

#include <string>
#include <string_view>

namespace freshet::exchange {

/// The key under which a proxy stores the response to GET of `url`. Errors: ConfigError for what is no http URL.
std::string key_of_url(std::string_view url);

}  // namespace freshet::exchange
