#include "http/grammar.h"
#include "http/key.h"
#include "response_cache/visit.h"

#include <freshet/response_cache.h>

#include <algorithm>
#include <utility>

namespace freshet {
namespace {

using response_cache::SeenRequest;
using response_cache::Visit;
using response_cache::Workshop;

[[noreturn]] void refuse(std::string_view field, std::string_view why) {
  throw ConfigError("Route::" + std::string(field) + ' ' + std::string(why));
}

void check_names(std::string_view field, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!http::is_token(name)) refuse(field, "has \"" + name + "\", which is no name; write it as it is sent");
  }
}

// A refresh on its way to the executor: owns all that it needs.
struct Refresh {
  Refresh(std::shared_ptr<const Workshop> shop, SeenRequest seen, const Route& declared)
      : route(declared), visit(std::move(shop), std::move(seen), route, true) {}
  Route route;
  HttpHandler handler;
  Visit visit;
};

void refresh_later(const std::shared_ptr<const Workshop>& shop, const HttpRequest& request, const Route& route,
                   const std::function<HttpHandler()>& later) {
  auto refresh = std::make_shared<Refresh>(shop, response_cache::see(request, route, shop->options.version), route);
  if (!refresh->visit.claim()) return;
  refresh->handler = later();
  if (refresh->handler && shop->executor->submit([refresh] { refresh->visit.refresh(refresh->handler); })) return;
  refresh->visit.drop();
  shop->store.store().count(Reason::refresh_skipped);
}

// Past the cache: the handler gets the request as it came.
HttpAnswer answer_past(const Workshop& shop, const HttpRequest& request, const HttpHandler& handler, Reason reason) {
  HttpAnswer out;
  out.reason = reason;
  out.is_from_handler = true;
  out.response = handler(request);
  std::erase_if(out.response.fields, [](const HttpField& field) {
    return !http::is_token(field.name) || !http::is_field_value(field.value) ||
           http::same_word(field.name, response_cache::kControlField);
  });
  shop.store.store().count(reason);
  if (!shop.options.cache_name.empty()) {
    http::CacheStatus status;
    status.reason = reason;
    HttpField field{"Cache-Status", {}};
    http::append_cache_status(field.value, shop.options.cache_name, status);
    out.response.fields.push_back(std::move(field));
  }
  return out;
}

}  // namespace

void validate(const Route& route) {
  if (route.ttl && route.ttl->count() < 0) refuse("ttl", "is negative; 0 stores nothing");
  if (route.stale_while_revalidate.count() < 0) refuse("stale_while_revalidate", "is negative; 0 is never");
  if (route.stale_if_error.count() < 0) refuse("stale_if_error", "is negative; 0 is never");
  // The namespace has one.
  if (route.tags.size() >= kMaxTags) refuse("tags", "has more than " + std::to_string(kMaxTags - 1));
  if (route.query == QueryKey::chosen && route.parameters.empty()) {
    refuse("parameters", "is empty; for QueryKey::chosen name some, or say QueryKey::none");
  }
  if (route.query != QueryKey::chosen && !route.parameters.empty()) {
    refuse("parameters", "only counts with query = QueryKey::chosen");
  }
  check_names("headers", route.headers);
  check_names("cookies", route.cookies);
  for (const std::string& language : route.languages) {
    const bool good = !language.empty() && std::all_of(language.begin(), language.end(), [](char c) {
      return http::is_alpha(c) || (c >= '0' && c <= '9') || c == '-';
    });
    if (!good) refuse("languages", "has \"" + language + "\", which is no language; write it like de or pt-BR");
  }
  if (route.browsers) (void)route.browsers->text();
  if (route.cdns) (void)route.cdns->text();
}

struct ResponseCache::Inside {
  std::shared_ptr<const Workshop> shop;
};

ResponseCache::ResponseCache(const Cache& cache, const ResponseCacheOptions& options)
    : ResponseCache(cache.store(), options) {}

ResponseCache::ResponseCache(std::shared_ptr<Store> store, const ResponseCacheOptions& options)
    : inside_(std::make_shared<Inside>(Inside{std::shared_ptr<const Workshop>(new Workshop{
          exchange::ResponseStore(std::move(store), options.name_space), options.clock ? options.clock : system_clock(),
          options.executor ? options.executor : thread_pool(), options,
          response_cache::RuleBook(options.obey_reload)})})) {}

HttpAnswer ResponseCache::answer(const HttpRequest& request, const Route& route, const HttpHandler& handler) const {
  return answer(request, route, handler, [&handler] { return handler; });
}

HttpAnswer ResponseCache::answer(const HttpRequest& request, const Route& route, const HttpHandler& handler,
                                 const std::function<HttpHandler()>& later) const {
  const std::shared_ptr<const Workshop>& shop = inside_->shop;
  if (!response_cache::is_cacheable(request)) return answer_past(*shop, request, handler, Reason::miss_method);
  SeenRequest seen = response_cache::see(request, route, shop->options.version);
  // A host or path that no key can be made of is the framework's to refuse, or the handler's.
  std::string key;
  if (!http::append_key(key, http::Uri{seen.request.scheme, seen.request.authority, seen.key_target},
                        shop->rules.rules(route, false, false))) {
    return answer_past(*shop, request, handler, Reason::miss_bad_key);
  }
  Visit visit(shop, std::move(seen), route, later != nullptr);
  HttpAnswer answer = visit.answer(request, handler);
  if (visit.is_due()) refresh_later(shop, request, route, later);
  return answer;
}

Reason ResponseCache::erase(const HttpRequest& request, const Route& route) const {
  const SeenRequest seen = response_cache::see(request, route, inside_->shop->options.version);
  std::string key;
  const http::Uri uri{seen.request.scheme, seen.request.authority, seen.key_target};
  const Workshop& shop = *inside_->shop;
  if (!http::append_key(key, uri, shop.rules.rules(route, false, false))) return Reason::refused_bad_key;
  return shop.store.erase(key);
}

}  // namespace freshet
