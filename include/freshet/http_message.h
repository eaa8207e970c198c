// Requests and responses as the response cache sees them: plain values, of no web framework. An adapter (httplib.h,
// beast.h) makes them from its framework's own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet {

/// One field line. A name may come several times; names are compared without regard to case.
struct HttpField {
  std::string name;
  std::string value;
  bool operator==(const HttpField&) const = default;
};

/// The first field of that name.
std::optional<std::string_view> find_field(std::span<const HttpField> fields, std::string_view name) noexcept;

struct HttpRequest {
  std::string method = "GET";
  std::string scheme = "http";
  std::string authority = {};  ///< Host: "example.org:8080"
  std::string target = "/";    ///< path and query, as they came: "/search?q=tea"
  std::vector<HttpField> fields = {};
  /// The request has a body, which is in no key: it goes past the cache.
  bool has_body = false;

  std::string_view path() const noexcept { return std::string_view(target).substr(0, target.find('?')); }
  std::optional<std::string_view> field(std::string_view name) const noexcept { return find_field(fields, name); }
  /// The first parameter of that name in the query, decoded.
  std::optional<std::string> parameter(std::string_view name) const;
  /// The value of a cookie, as it came.
  std::optional<std::string> cookie(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::vector<HttpField> fields = {};
  std::string body = {};
  /// The framework will produce the body while it is sent: there is nothing here that could be stored.
  bool is_streamed = false;

  std::optional<std::string_view> field(std::string_view name) const noexcept { return find_field(fields, name); }
};

/// The parameters of a target's query in order, decoded (%20 and + are spaces).
std::vector<std::pair<std::string, std::string>> query_parameters(std::string_view target);

/// Which of `offered` the Accept-Language of a request likes best (RFC 4647 section 3.4: `de-AT` takes `de`); the first
/// of them where it likes none or says nothing. Errors: `offered` must not be empty.
const std::string& accepted_language(const HttpRequest& request, std::span<const std::string> offered);

}  // namespace freshet
