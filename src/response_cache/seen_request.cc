#include "response_cache/seen_request.h"

#include "http/cache_control.h"
#include "http/hop_by_hop.h"
#include "http/rules.h"

#include <algorithm>
#include <array>

namespace freshet::response_cache {
namespace {

bool is_one_of(const std::vector<std::string>& names, std::string_view name) noexcept {
  return std::any_of(names.begin(), names.end(), [&](const std::string& one) { return http::same_word(one, name); });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return http::lower(c); });
  return out;
}

// The cache evaluates these itself, against the whole answer that the handler makes.
bool is_condition(std::string_view name) noexcept {
  for (const std::string_view one : {"If-None-Match", "If-Modified-Since", "If-Range", "Range"}) {
    if (http::same_word(name, one)) return true;
  }
  return false;
}

bool is_unkeyed(std::string_view name) {
  static const std::vector<std::string> kUnkeyed = http::Rules::safe().unkeyed_fields;
  return is_one_of(kUnkeyed, name);
}

void append_encoded(std::string& out, std::string_view text, std::string_view plain) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
}

// One part of the key. A name has no '=' of its own.
class Part {
 public:
  Part(std::string& out, std::string_view kind, std::string_view name = {}) : out_(&out) {
    out.append("|").append(kind);
    append_encoded(out, name, "-._~");
  }
  void value(std::string_view text) {
    *out_ += '=';
    append_encoded(*out_, text, "-._~/=&+,:;@!*()$");
  }

 private:
  std::string* out_;
};

struct Parameter {
  std::string name;  // decoded
  std::string_view text;
};

std::vector<Parameter> parameters_of(std::string_view query) {
  std::vector<Parameter> out;
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(one.size() + 1, query.size()));
    if (one.empty()) continue;
    const std::string text = "?" + std::string(one);
    out.push_back({query_parameters(text).front().first, one});
  }
  return out;
}

// The query that the handler sees: nothing, or with its question mark. By their decoded names, or `%61=1` would be
// another parameter here than for the handler.
std::string seen_query(std::string_view target, const Route& route) {
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos || route.query == QueryKey::none) return {};
  if (route.query == QueryKey::whole) return std::string(target.substr(question));
  std::vector<Parameter> parameters = parameters_of(target.substr(question + 1));
  if (route.query == QueryKey::chosen) {
    std::erase_if(parameters, [&](const Parameter& one) {
      return std::find(route.parameters.begin(), route.parameters.end(), one.name) == route.parameters.end();
    });
  }
  std::stable_sort(parameters.begin(), parameters.end(),
                   [](const Parameter& a, const Parameter& b) { return a.name < b.name; });
  std::string out;
  for (const Parameter& parameter : parameters) {
    out += out.empty() ? '?' : '&';
    out += parameter.text;
  }
  return out;
}

// Cookies are the handler's as they came.
bool sees_all_cookies(const Route& route, bool has_user) { return has_user || is_one_of(route.headers, "Cookie"); }

void see_fields(SeenRequest& seen, const HttpRequest& request, const Route& route, bool has_user) {
  std::vector<HttpField>& out = seen.request.fields;
  out.push_back({"Host", seen.request.authority});
  for (const HttpField& field : request.fields) {
    const auto is = [&](std::string_view name) { return http::same_word(field.name, name); };
    if (is("Host") || is_condition(field.name) || http::is_hop_by_hop(field.name)) continue;
    if (is_unkeyed(field.name) && !is_one_of(route.headers, field.name)) continue;
    if (is("Cookie") && !sees_all_cookies(route, has_user)) continue;
    if (is("Accept-Language") && !route.languages.empty()) continue;
    out.push_back(field);
  }
}

void see_cookies(SeenRequest& seen, const HttpRequest& request, const Route& route, bool has_user) {
  std::string shown;
  for (const std::string& name : route.cookies) {
    Part part(seen.key_target, "c.", name);
    const auto value = request.cookie(name);
    if (!value) continue;
    part.value(*value);
    if (!shown.empty()) shown += "; ";
    shown.append(name).append("=").append(*value);
  }
  if (!sees_all_cookies(route, has_user) && !shown.empty()) seen.request.fields.push_back({"Cookie", shown});
}

bool says_no_store(const HttpRequest& request) {
  std::vector<http::Field> fields;
  for (const HttpField& field : request.fields) {
    if (http::same_word(field.name, "Cache-Control")) fields.push_back({field.name, field.value});
  }
  return !fields.empty() && http::request_directives(fields).no_store;
}

}  // namespace

bool is_cacheable(const HttpRequest& request) noexcept {
  if (!http::is_get_or_head(request.method) || request.has_body) return false;
  // Only the handler can say what they mean (RFC 9111 section 4.3.2).
  return !request.field("If-Match") && !request.field("If-Unmodified-Since");
}

SeenRequest see(const HttpRequest& request, const Route& route, std::string_view version) {
  SeenRequest seen;
  const auto user = route.user ? route.user(request) : std::nullopt;
  const bool authorized = request.field("Authorization").has_value();
  seen.is_personal = user || (authorized && is_one_of(route.headers, "Authorization"));
  const bool declared = seen.is_personal || route.may_store_authorized;
  // What the request forbids to store need not be waited for by others either.
  seen.is_unshared = (authorized && !declared) || says_no_store(request);

  seen.request.method = "GET";
  seen.request.scheme = request.scheme;
  // HTTP/1.0 may leave the host out. It has a key too, that no other request can have.
  seen.request.authority = request.authority.empty() ? "no-host.invalid" : lower(request.authority);
  const std::string query = seen_query(request.target, route);
  seen.request.target.assign(request.path()).append(query);
  see_fields(seen, request, route, user.has_value());

  seen.key_target.assign(request.path()).append("?");
  if (!query.empty()) Part(seen.key_target, "q").value(std::string_view(query).substr(1));
  for (const std::string& name : route.headers) {
    const std::string kind = lower(name);
    bool any = false;
    for (const HttpField& field : request.fields) {
      if (!http::same_word(field.name, name)) continue;
      any = true;
      Part(seen.key_target, "h.", kind).value(field.value);
    }
    if (!any) Part(seen.key_target, "h.", kind);
  }
  see_cookies(seen, request, route, user.has_value());
  if (!route.languages.empty()) {
    const std::string& language = accepted_language(request, route.languages);
    Part(seen.key_target, "l").value(language);
    seen.request.fields.push_back({"Accept-Language", language});
  }
  if (user) Part(seen.key_target, "u").value(*user);
  if (route.key) Part(seen.key_target, "k").value(route.key(request));
  if (!version.empty()) Part(seen.key_target, "v").value(version);
  return seen;
}

}  // namespace freshet::response_cache
