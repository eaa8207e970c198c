// The response cache for cpp-httplib. The library does not need cpp-httplib; whoever includes this header does.
//
//     freshet::ResponseCache views(cache);
//     freshet::for_httplib::get(server, "/product/(\\d+)", views, route, [](const auto& request, auto& response) {
//       response.set_content(product_page(request.matches[1]), "text/html");
//     });
//
// A handler is called as the server would call it, but for what response_cache.h says of every handler: it gets a plain
// GET, without what its route does not declare. It answers into a Response of its own. With stale_while_revalidate it
// may run in the background, after the request that it is given a copy of: it must own what it uses.
//
// cpp-httplib compresses answers behind the cache, for whoever accepts that. Their ETags then are weak, since equal
// answers need not have equal bytes; partial ones are sent as they are.
#pragma once

#include <freshet/response_cache.h>

#include <httplib.h>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <utility>

namespace freshet::for_httplib {

using Handler = httplib::Server::Handler;

/// The request as the core sees it. For functions of yours that serve handlers and routes alike.
inline HttpRequest neutral_request(const httplib::Request& request) {
  HttpRequest out;
  out.method = request.method;
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  if (request.ssl != nullptr) out.scheme = "https";
#endif
  out.authority = request.get_header_value("Host");
  out.target = request.target;
  out.fields.reserve(request.headers.size());
  for (const auto& [name, value] : request.headers) out.fields.push_back({name, value});
  const std::string length = request.get_header_value("Content-Length");
  out.has_body = !request.body.empty() || (!length.empty() && length != "0") || request.has_header("Transfer-Encoding");
  return out;
}

namespace detail {

struct View {
  ResponseCache cache;
  Route route;
  Handler handler;
  std::optional<std::regex> pattern;
};

/// The server's request with what the handler may see in the place of what came. Its matches still point into the path
/// of `request`.
inline httplib::Request own_request(const httplib::Request& request, const HttpRequest& seen) {
  httplib::Request own = request;
  own.method = seen.method;
  own.target = seen.target;
  own.headers.clear();
  for (const HttpField& field : seen.fields) own.headers.emplace(field.name, field.value);
  own.params.clear();
  for (auto& [name, value] : query_parameters(seen.target)) own.params.emplace(name, value);
  own.ranges.clear();
  return own;
}

inline HttpResponse neutral_response(httplib::Response& response) {
  HttpResponse out;
  out.status = response.status == -1 ? 200 : response.status;
  out.fields.reserve(response.headers.size());
  for (const auto& [name, value] : response.headers) out.fields.push_back({name, value});
  out.is_streamed = response.content_provider_ != nullptr;
  out.body = std::move(response.body);
  return out;
}

/// For the background: a handler that owns a copy of the request, with matches of its own.
inline HttpHandler detached(const std::shared_ptr<const View>& view, const httplib::Request& request) {
  static const std::regex kWhole("[\\s\\S]*");
  const auto own = std::make_shared<httplib::Request>(request);
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  own->ssl = nullptr;  // it ends with the connection
#endif
  std::regex_match(own->path, own->matches, view->pattern ? *view->pattern : kWhole);
  return [view, own](const HttpRequest& seen) {
    httplib::Response made;
    view->handler(own_request(*own, seen), made);
    return neutral_response(made);
  };
}

inline bool may_be_compressed(const httplib::Request& request) {
#if defined(CPPHTTPLIB_ZLIB_SUPPORT) || defined(CPPHTTPLIB_BROTLI_SUPPORT)
  const std::string accepted = request.get_header_value("Accept-Encoding");
  return accepted.find("gzip") != std::string::npos || accepted.find("br") != std::string::npos;
#else
  return request.method.empty();
#endif
}

inline void replace_fields(httplib::Headers& headers, const std::vector<HttpField>& fields) {
  for (const HttpField& field : fields) headers.erase(field.name);
  for (const HttpField& field : fields) headers.emplace(field.name, field.value);
}

inline void give(HttpAnswer&& answer, const httplib::Request& request, httplib::Response& response) {
  // The server applies Range to any body that it is given, and compresses it, a part no less than a whole. The request
  // is its own variable, not a constant one: what has been done must not be done again.
  auto& served = const_cast<httplib::Request&>(request);
  served.ranges.clear();
  if (answer.response.status == 206 || answer.response.field("Content-Encoding")) {
    served.headers.erase("Accept-Encoding");
  } else if (may_be_compressed(request)) {
    for (HttpField& field : answer.response.fields) {
      if (field.name == "ETag" && !field.value.starts_with("W/")) field.value.insert(0, "W/");
    }
  }
  response.status = answer.response.status;
  replace_fields(response.headers, answer.response.fields);
  response.body = std::move(answer.response.body);
}

inline void answer(const std::shared_ptr<const View>& view, const httplib::Request& request,
                   httplib::Response& response) {
  const HttpRequest asked = neutral_request(request);
  std::optional<httplib::Response> streamed;
  const HttpHandler handler = [&](const HttpRequest& seen) {
    httplib::Response made;
    // Past the cache it is the very request that came.
    view->handler(&seen == &asked ? request : own_request(request, seen), made);
    HttpResponse out = neutral_response(made);
    if (out.is_streamed) streamed.emplace(std::move(made));
    return out;
  };
  std::function<HttpHandler()> later;
  // Groups of a pattern that is not known here cannot be matched again for a copy of the request.
  if (view->pattern || request.matches.size() <= 1) later = [&] { return detached(view, request); };
  HttpAnswer made = view->cache.answer(asked, view->route, handler, later);
  if (!made.response.is_streamed || !streamed) return give(std::move(made), request, response);
  streamed->version = response.version;
  streamed->headers = std::move(response.headers);
  replace_fields(streamed->headers, made.response.fields);
  response = std::move(*streamed);
}

inline Handler cached(ResponseCache cache, Route route, Handler handler, std::optional<std::regex> pattern) {
  validate(route);
  const auto view =
      std::make_shared<const View>(View{std::move(cache), std::move(route), std::move(handler), std::move(pattern)});
  return [view](const httplib::Request& request, httplib::Response& response) { answer(view, request, response); };
}

}  // namespace detail

/// `server.Get("/ranking", cached(views, route, handler))`. Where the pattern has groups, nothing is refreshed in the
/// background (whoever finds a stale answer calls the handler): use get(). Errors: ConfigError, by validate(route).
inline Handler cached(ResponseCache cache, Route route, Handler handler) {
  return detail::cached(std::move(cache), std::move(route), std::move(handler), std::nullopt);
}

/// The same as `server.Get(pattern, cached(...))`, for any pattern.
inline void get(httplib::Server& server, const std::string& pattern, ResponseCache cache, Route route,
                Handler handler) {
  server.Get(pattern, detail::cached(std::move(cache), std::move(route), std::move(handler),
                                     std::optional<std::regex>(pattern)));
}

}  // namespace freshet::for_httplib
