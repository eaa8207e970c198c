#include "exchange/url_key.h"

#include "http/key.h"

#include <freshet/error.h>

namespace freshet::exchange {

std::string key_of_url(std::string_view url) {
  const auto refuse = [&](const char* why) { throw ConfigError("\"" + std::string(url) + "\" " + why); };
  std::string storage, key;
  const auto uri = http::resolve({"http", "invalid.", "/"}, url, storage);
  if (!uri || url.find("://") == std::string_view::npos) {
    refuse("is no http URL of a response; write it whole, like http://example.org/page");
  }
  http::Uri whole = *uri;
  if (whole.target.empty()) whole.target = "/";
  if (!http::append_key(key, whole, http::Rules())) {
    refuse("is no URL that a response can have; look for spaces and user names in it");
  }
  return key;
}

}  // namespace freshet::exchange
