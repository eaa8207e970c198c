// The response cache for Boost.Beast. The library does not need Boost; whoever includes this header does.
//
//     const auto product = freshet::for_beast::cached(views, route, render_product);
//     boost::beast::http::write(socket, product(request));
//
// A handler is a function from request to response. response_cache.h says what every handler gets; what it returns
// needs no version, Content-Length or Connection. The call may wait, for the handler or for another caller's: in an
// asynchronous server post it to a pool of threads, not to the io_context's own.
#pragma once

#include <freshet/response_cache.h>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace freshet::for_beast {

using Request = boost::beast::http::request<boost::beast::http::string_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;
using Handler = std::function<Response(const Request&)>;

namespace detail {

template <class View>
std::string text(const View& view) {
  return std::string(view.data(), view.size());
}
inline boost::beast::string_view view(const std::string& text) { return {text.data(), text.size()}; }

template <class Message>
std::vector<HttpField> neutral_fields(const Message& message) {
  std::vector<HttpField> out;
  for (const auto& field : message) out.push_back({text(field.name_string()), text(field.value())});
  return out;
}

}  // namespace detail

/// The request as the core sees it. For functions of yours that serve handlers and routes alike.
inline HttpRequest neutral_request(const Request& request, std::string scheme = "http") {
  using boost::beast::http::field;
  HttpRequest out;
  out.method = detail::text(request.method_string());
  out.scheme = std::move(scheme);
  out.authority = detail::text(request[field::host]);
  out.target = detail::text(request.target());
  out.fields = detail::neutral_fields(request);
  const std::string length = detail::text(request[field::content_length]);
  out.has_body = !request.body().empty() || (!length.empty() && length != "0") ||
                 request.find(field::transfer_encoding) != request.end();
  return out;
}

namespace detail {

struct View {
  ResponseCache cache;
  Route route;
  Handler handler;
  std::string scheme;
};

inline HttpResponse call(const Handler& handler, const Request& request) {
  Response made = handler(request);
  HttpResponse out;
  out.status = static_cast<int>(made.result_int());
  out.fields = neutral_fields(made);
  out.body = std::move(made.body());
  return out;
}

/// What the handler may see, as a request of Beast's.
inline Request own_request(const HttpRequest& seen, unsigned version) {
  Request own;
  own.version(version);
  own.method_string(view(seen.method));
  own.target(view(seen.target));
  for (const HttpField& field : seen.fields) own.insert(view(field.name), view(field.value));
  return own;
}

inline Response given(HttpAnswer&& answer, const Request& request) {
  Response out;
  out.version(request.version());
  out.result(static_cast<unsigned>(answer.response.status));
  for (const HttpField& field : answer.response.fields) out.insert(view(field.name), view(field.value));
  out.keep_alive(request.keep_alive());
  if (answer.response.status == 204 || answer.response.status == 304) return out;
  if (request.method() == boost::beast::http::verb::head) {
    out.content_length(answer.response.body.size());
    return out;
  }
  out.body() = std::move(answer.response.body);
  out.prepare_payload();
  return out;
}

}  // namespace detail

/// `handler`, behind the cache. `scheme`: "https" where the socket is an encrypted one. Errors: ConfigError, by
/// validate(route).
inline Handler cached(ResponseCache cache, Route route, Handler handler, std::string scheme = "http") {
  validate(route);
  const auto shared = std::make_shared<const detail::View>(
      detail::View{std::move(cache), std::move(route), std::move(handler), std::move(scheme)});
  return [shared](const Request& request) {
    const HttpRequest asked = neutral_request(request, shared->scheme);
    const unsigned version = request.version();
    const HttpHandler now = [&](const HttpRequest& seen) {
      // Past the cache it is the very request that came.
      return detail::call(shared->handler, &seen == &asked ? request : detail::own_request(seen, version));
    };
    const auto later = [&]() -> HttpHandler {
      return [shared, version](const HttpRequest& seen) {
        return detail::call(shared->handler, detail::own_request(seen, version));
      };
    };
    return detail::given(shared->cache.answer(asked, shared->route, now, later), request);
  };
}

}  // namespace freshet::for_beast
