// The response cache: whole answers of an application's views, by the rules of HTTP, in the segment that all processes
// of the host share. Framework-neutral; httplib.h and beast.h put cpp-httplib and Boost.Beast on it.
//
//     freshet::ResponseCache views(cache);
//     freshet::Route product;
//     product.ttl = std::chrono::minutes(5);
//     product.tags = {"products"};
//     freshet::HttpAnswer answer = views.answer(request, product, render_product);
//
// WHAT IS NOT IN THE KEY, THE HANDLER DOES NOT SEE. A handler whose answer will be served to others gets the request
// without cookies, credentials and query parameters that the route did not declare, and without the fields by which
// strangers pretend to be a proxy (X-Forwarded-Host and its kin). So an undeclared cookie cannot end up in a shared
// page: a page that needs one shows at the first try that it was not declared. Other fields (User-Agent, Origin) are
// seen: declare them in `headers`, or answer with Vary, which is obeyed.
#pragma once

#include <freshet/cache.h>
#include <freshet/cache_control.h>
#include <freshet/executor.h>
#include <freshet/http_message.h>
#include <freshet/reason.h>
#include <freshet/time.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace freshet {

/// Which part of the query is in the key, and seen by the handler.
enum class QueryKey : std::uint8_t {
  sorted,  ///< all parameters, ordered by name: `b=1&a=2` is `a=2&b=1`. Those of one name keep their order
  whole,   ///< as it came, byte by byte
  chosen,  ///< Route::parameters only, ordered by name; the others do not exist
  none,    ///< there is no query
};

/// What one view declares: how long its answers are good, under which tags, by what they differ, and what may be stored
/// although it usually must not be. Spans are whole seconds, as in HTTP.
struct Route {
  // --- how long ------------------------------------------------------------------------------------------------------
  /// How long this cache takes the answer for fresh, whatever the answer tells browsers by max-age. Unset: what its
  /// Cache-Control or Expires says, and nothing is stored where it says nothing. Zero: nothing is stored.
  std::optional<std::chrono::seconds> ttl = std::nullopt;
  /// How long after that it is served at once while one call of the handler refreshes it in the background.
  std::chrono::seconds stale_while_revalidate{0};
  /// How long after that it may stand in when the handler throws or answers 500, 502, 503 or 504.
  std::chrono::seconds stale_if_error{0};

  // --- by what it is invalidated -------------------------------------------------------------------------------------
  /// For Cache::invalidate_tag(), from any process. The answer's own Surrogate-Key, xkey and Cache-Tag count too.
  std::vector<std::string> tags = {};
  std::function<std::vector<std::string>(const HttpRequest&, const HttpResponse&)> tags_of = {};

  // --- by what it differs: the key. Method (GET), scheme, host and path are always in it -----------------------------
  QueryKey query = QueryKey::sorted;
  std::vector<std::string> parameters = {};  ///< of QueryKey::chosen
  std::vector<std::string> headers = {};     ///< request fields, by their whole value
  std::vector<std::string> cookies = {};     ///< the handler sees these cookies and no others
  /// The languages that there are, the default first: keyed by which of them Accept-Language likes best. The handler
  /// sees that one as the request's Accept-Language.
  std::vector<std::string> languages = {};
  /// Who asks; nothing for nobody in particular. An answer for somebody is keyed by him, may be private and come from
  /// a request with Authorization, and nobody else is ever served it. The handler sees all cookies and credentials.
  /// What it returns must be proved, by a session looked up or a signature checked: it decides who reads the page.
  std::function<std::optional<std::string>(const HttpRequest&)> user = {};
  /// Anything else that the answer depends on: a tenant, an experiment's arm, a release of the templates.
  std::function<std::string(const HttpRequest&)> key = {};

  // --- what is stored only because the route says so -----------------------------------------------------------------
  bool may_store_set_cookie = false;  ///< everybody gets the cookie
  bool may_store_authorized = false;  ///< everybody gets what a request with Authorization got
  bool may_store_private = false;     ///< answers that say private or no-store
  bool may_store_errors = false;      ///< 4xx and 5xx, 404 included

  // --- what is told to others, with answers that are stored and say nothing themselves -------------------------------
  std::optional<CacheControl> browsers = std::nullopt;  ///< Cache-Control
  std::optional<CacheControl> cdns = std::nullopt;      ///< CDN-Cache-Control
};

/// Errors: ConfigError naming the first field that makes no sense.
void validate(const Route& route);

struct ResponseCacheOptions {
  /// The entries' namespace: cache.namespaced("views").clear() forgets them all.
  std::string name_space = "views";
  /// Part of every key. Give build_digest() or a release name, and a deploy leaves the old pages behind.
  std::string version = {};
  /// The name in Cache-Status (RFC 9211). Empty: no such field.
  std::string cache_name = "freshet";
  /// Where background refreshes run. Null: a thread_pool() of its own, started at the first.
  std::shared_ptr<Executor> executor = nullptr;
  /// Null: the machine's clock.
  std::shared_ptr<Clock> clock = nullptr;
  /// A handler that takes longer loses its lease: a waiter calls its own, and the slow one's answer is not stored.
  Duration lease_deadline = std::chrono::seconds(30);
  /// Whether no-cache and max-age of requests (a browser's reload) call the handler. Off: any visitor could.
  bool obey_reload = false;
  /// Larger bodies are not stored.
  std::size_t most_body_bytes = 16 * 1024 * 1024;
};

struct HttpAnswer {
  /// What to send. Not in it: Content-Length and the connection's own fields, which the framework writes. For HEAD the
  /// body is there, so that its length is known, and is not to be sent.
  HttpResponse response;
  /// Why it went as it went: hit, stale_on_error, miss_absent, miss_authorization ...
  Reason reason = Reason::hit;
  /// What became of the handler's answer: stored, or a refused_* reason. Nothing if no handler was called, or if its
  /// answer was for this caller only (no lease was to be had).
  std::optional<Reason> stored;
  /// It is what this call's handler returned.
  bool is_from_handler = false;
};

/// A view: makes the answer to a request. It may throw.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// Threads: every member from any thread at once. Ownership: cheap to copy; background refreshes keep its insides and
/// the handler alive. Errors: a failing store is a call of the handler; the constructor throws ConfigError for a bad
/// namespace. Cost of a hit: one lookup, no lock, a copy of the body.
class ResponseCache {
 public:
  explicit ResponseCache(const Cache& cache, const ResponseCacheOptions& options = {});
  explicit ResponseCache(std::shared_ptr<Store> store, const ResponseCacheOptions& options = {});

  /// The answer from the cache, or the handler's. However many ask for one key at once, in however many processes, one
  /// handler runs, on its caller's thread, and the others wait for what it stores; what is not stored, each makes
  /// himself. Answers 304, 206 and 416 by the request's conditions and ranges, and HEAD, without calling the handler,
  /// which always gets a plain GET. Requests by other methods or with a body go past the cache.
  ///
  /// With stale_while_revalidate the handler may run after the call has returned: it must own what it uses.
  ///
  /// Throws what the handler throws, unless a stale answer may stand in; LoadFailed, to those who waited for another's
  /// handler that threw.
  HttpAnswer answer(const HttpRequest& request, const Route& route, const HttpHandler& handler) const;
  /// The same for a handler that lives only as long as the call: `later` makes one for the background. It is called
  /// when a refresh is due. Null: nothing runs in the background, and whoever finds a stale answer calls the handler.
  HttpAnswer answer(const HttpRequest& request, const Route& route, const HttpHandler& handler,
                    const std::function<HttpHandler()>& later) const;

  /// Forgets what is stored for this request, all its variants, and fences what is being made. erased or
  /// refused_absent. For more than one page, use tags.
  Reason erase(const HttpRequest& request, const Route& route) const;

 private:
  struct Inside;
  std::shared_ptr<const Inside> inside_;
};

}  // namespace freshet
