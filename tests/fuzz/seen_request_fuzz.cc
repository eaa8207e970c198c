// What a route makes of a request: `options \0 target \0 lines \0 another target \0 another's lines`. Two requests with
// one key show the handler the same of everything that the route declares; and what the handler sees has that very key.
#include "http/key.h"
#include "response_cache/seen_request.h"
#include "tests/fuzz/http_lines.h"

#include <string>

namespace {

using namespace freshet;
using freshet::response_cache::see;
using freshet::response_cache::SeenRequest;
using namespace freshet::http;

Route route_of(std::string_view options) {
  Route route;
  const char query = options.empty() ? '\0' : options[0];
  route.query = query == 'w'   ? QueryKey::whole
                : query == 'c' ? QueryKey::chosen
                : query == 'n' ? QueryKey::none
                               : QueryKey::sorted;
  const auto has_option = [&](char c) { return options.find(c, 1) != std::string_view::npos; };
  if (route.query == QueryKey::chosen) route.parameters = {"a", "b"};
  if (has_option('h')) route.headers = {"X-A", "x-b"};
  if (has_option('C')) route.headers.emplace_back("Cookie");
  if (has_option('k')) route.cookies = {"a", "b"};
  if (has_option('l')) route.languages = {"en", "de", "pt-BR"};
  if (has_option('u')) route.user = [](const HttpRequest& request) { return request.cookie("user"); };
  return route;
}

HttpRequest request_of(std::string_view target, std::string_view lines) {
  HttpRequest request;
  request.authority = "example.org";
  request.target = target;
  for (const Field& field : lines_of(lines))
    request.fields.push_back({std::string(field.name), std::string(field.value)});
  return request;
}

std::string declared(const SeenRequest& seen, const Route& route) {
  std::string out = seen.request.target + '\n';
  for (const std::string& name : route.headers) {
    for (const HttpField& field : seen.request.fields) {
      if (same_word(field.name, name)) out += name + '=' + field.value + '\n';
    }
    out += name + '\n';
  }
  for (const std::string& name : route.cookies) out += seen.request.cookie(name).value_or("(none)") + '\n';
  if (!route.languages.empty()) out += std::string(*seen.request.field("Accept-Language")) + '\n';
  return out;
}

std::string key_of(const SeenRequest& seen) {
  std::string key;
  return append_key(key, Uri{"http", "example.org", seen.key_target}, Rules::safe()) ? key : "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view rest = text_of(bytes, size);
  const Route route = route_of(take_until(rest, '\0'));
  const std::string_view target = take_until(rest, '\0');
  const HttpRequest one = request_of(target, take_until(rest, '\0'));
  const std::string_view other_target = take_until(rest, '\0');
  const HttpRequest other = request_of(other_target, rest);

  const SeenRequest seen = see(one, route, "1");
  const SeenRequest seen_of_other = see(other, route, "1");
  for (const char c : std::string_view(seen.key_target).substr(one.path().size())) {
    must(c > ' ' && c < 0x7f && c != '#', "a key has no byte that a target could not have");
  }
  if (!seen.is_personal) {
    must(see(seen.request, route, "1").key_target == seen.key_target, "what the handler sees has the same key");
    must(route.cookies.size() + route.headers.size() > 0 || !seen.request.field("Cookie"),
         "no undeclared cookie is seen");
  }
  for (const char* name : {"X-Forwarded-Host", "If-None-Match", "Range", "Connection"}) {
    must(!seen.request.field(name), "what is withheld from every handler is");
  }
  const std::string key = key_of(seen);
  if (!key.empty() && key == key_of(seen_of_other)) {
    must(declared(seen, route) == declared(seen_of_other, route), "one key, one view");
    must(seen.is_personal == seen_of_other.is_personal, "nobody is somebody");
    must(!seen.is_personal || one.cookie("user") == other.cookie("user"), "and nobody is somebody else");
  }
  return 0;
}
