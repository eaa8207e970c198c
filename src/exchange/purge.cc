// Taking responses out by URL and by prefix.
#include "exchange/response_store.h"
#include "exchange/url_key.h"
#include "exchange/url_prefixes.h"

#include <freshet/error.h>
#include <freshet/responses.h>

#include <algorithm>
#include <chrono>

namespace freshet {
namespace {

Instant now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

}  // namespace

Purged purge_url(Store& store, std::string_view url) {
  const std::string key = exchange::key_of_url(url);
  // A plain pointer's worth of ownership: the caller keeps the store.
  const exchange::ResponseStore responses(std::shared_ptr<Store>(std::shared_ptr<void>(), &store),
                                          std::string(kResponsesNamespace));
  Purged purged;
  purged.responses = responses.count(key, now());
  purged.reason = responses.erase(key);
  store.count(purged.reason);
  return purged;
}

Purged purge_prefix(Store& store, std::string_view prefix) {
  const auto refuse = [&](const std::string& why) { throw ConfigError("\"" + std::string(prefix) + "\" " + why); };
  if (!prefix.ends_with('/'))
    refuse("does not end with a slash; a prefix is a directory, like http://example.org/shop/");
  if (prefix.find('?') != std::string_view::npos) refuse("holds a query; a prefix is part of a path");
  const std::string key = exchange::key_of_url(prefix);
  const auto slashes = static_cast<std::size_t>(std::count(key.begin(), key.end(), '/')) - 2;
  if (slashes > kMostPrefixLevels) {
    refuse("has " + std::to_string(slashes) + " levels, and " + std::to_string(kMostPrefixLevels) +
           " can be told apart; purge a shorter one, or give its responses a tag");
  }
  store.invalidate_tag(exchange::prefix_tag(key));
  store.count(Reason::invalidated);
  return {Reason::invalidated, 0};
}

}  // namespace freshet
