#include "http/invalidation.h"

#include "http/key.h"
#include "http/status.h"
#include "http/uri.h"

#include <algorithm>

namespace freshet::http {

bool is_safe(std::string_view method) noexcept {
  for (const std::string_view safe : {"GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "REPORT", "SEARCH"}) {
    if (method == safe) return true;
  }
  return false;
}

std::vector<std::string> invalidated_keys(const Request& request, const Response& response, const Rules& rules) {
  std::vector<std::string> keys;
  // "A non-error response": 2xx and 3xx.
  if (is_safe(request.method) || !is_success(response.status)) return keys;
  const Uri target{request.scheme, request.authority, request.target};
  if (std::string key; append_key(key, target, rules)) keys.push_back(std::move(key));
  for (const std::string_view name : {"Location", "Content-Location"}) {
    // Only the first line: both are single values, and a list of strangers' URLs is what nobody should clear the cache
    // by.
    const auto reference = find(response.fields, name);
    if (!reference) continue;
    std::string storage, key;
    const auto uri = resolve(target, *reference, storage);
    // "MUST NOT trigger an invalidation [...] if the origin differs": else one site could clear another's.
    if (!uri || !same_origin(*uri, target) || !append_key(key, *uri, rules)) continue;
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace freshet::http
