#include "http/storable.h"

#include "http/freshness.h"
#include "http/key.h"
#include "http/range.h"
#include "http/status.h"
#include "http/uri.h"
#include "http/vary.h"

namespace freshet::http {
namespace {

bool understands_method(const Request& request, const Response& response, const ResponseDirectives& directives,
                        const Rules& rules) {
  if (request.method == "GET") return true;
  return request.method == "POST" && rules.store_post && answers_get(request, response, directives, rules);
}

// "The response contains at least one of": the last condition of section 3.
bool says_storable(const Response& response, const ResponseDirectives& directives, const Rules& rules) {
  if (directives.is_public) return true;
  if (!rules.shared && directives.is_private) return true;
  return states_freshness(response, directives, rules) || is_heuristically_cacheable(response.status);
}

// A cookie that would be kept. Not one that the origin itself withholds, by no-cache="set-cookie" or
// private="set-cookie".
bool sets_shared_cookie(const Response& response, const ResponseDirectives& directives) {
  for (const std::string_view name : {"Set-Cookie", "Set-Cookie2"}) {
    if (!has(response.fields, name)) continue;
    if (!directives.no_cache_fields.contains(name) && !directives.private_fields.contains(name)) return true;
  }
  return false;
}

Reason storable_status(const Request& request, const Response& response, const Rules& rules) {
  // Section 3: final, and 206 and 304 understood. A 304 updates what is stored (update.h) and is never stored itself.
  if (!is_final(response.status) || response.status == 304) return Reason::refused_status;
  if (answers_an_unkeyed_field(response.status)) return Reason::refused_status;
  if (response.status == 206) {
    // Section 3.3. Several parts in one multipart body have no Content-Range of their own.
    const auto range = find(response.fields, "Content-Range");
    if (!has(request.fields, "Range") || count(response.fields, "Content-Range") != 1 || !parse_content_range(*range)) {
      return Reason::refused_content_range;
    }
  }
  // A rule of ours: an error may be the fault of the one request that provoked it.
  const bool error = response.status >= 400 && response.status != 404 && response.status != 410;
  if (error && !rules.store_errors) return Reason::refused_status;
  return Reason::stored;
}

}  // namespace

bool shares_authorized(const ResponseDirectives& directives, const Rules& rules) {
  if (!rules.shared) return true;
  if (directives.is_public || directives.s_maxage.present) return true;
  return directives.must_revalidate && rules.must_revalidate_shares_authorized;
}

bool answers_get(const Request& request, const Response& response, const ResponseDirectives& directives,
                 const Rules& rules) {
  // A 2xx whose Content-Location is the target: the body is what a GET would get (RFC 9110 section 8.7).
  if (response.status != 200 && response.status != 203) return false;
  if (!states_freshness(response, directives, rules)) return false;
  const auto location = find(response.fields, "Content-Location");
  if (!location) return false;
  const Uri target{request.scheme, request.authority, request.target};
  std::string storage, own_key, named_key;
  const auto named = resolve(target, *location, storage);
  return named && append_key(own_key, target, rules) && append_key(named_key, *named, rules) && own_key == named_key;
}

Reason storable(const Request& request, const Response& response, const ResponseDirectives& directives,
                const Rules& rules) {
  if (!understands_method(request, response, directives, rules)) return Reason::refused_method;
  if (const Reason reason = storable_status(request, response, rules); reason != Reason::stored) return reason;

  // Section 5.2.2.3: must-understand limits storing to codes that are understood, and lets those ignore no-store.
  if (directives.must_understand && !is_understood(response.status)) return Reason::refused_status;
  if (directives.no_store && !directives.must_understand) return Reason::refused_no_store;
  // Section 5.2.1.5: the request's no-store is no wish but a must.
  if (request_directives(request.fields).no_store) return Reason::refused_no_store;

  // Section 5.2.2.7.
  if (rules.shared && directives.is_private) return Reason::refused_private;
  // Section 3.5.
  if (has(request.fields, "Authorization") && !shares_authorized(directives, rules)) {
    return Reason::refused_authorization;
  }
  // Section 7.3 warns of cookies in shared caches; it forbids nothing.
  if (rules.set_cookie == SetCookie::refuse && sets_shared_cookie(response, directives)) {
    return Reason::refused_set_cookie;
  }
  // Section 4.1: "*" never matches a later request, so storing it is of no use.
  if (!vary_names(response.fields, rules)) return Reason::refused_vary;

  return says_storable(response, directives, rules) ? Reason::stored : Reason::refused_no_freshness;
}

}  // namespace freshet::http
