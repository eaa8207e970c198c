#include "response_cache/seen_request.h"

#include "response_cache/sample_views.h"

#include <map>
#include <set>

namespace freshet::response_cache {
namespace {

std::string key_of(const HttpRequest& request, const Route& route, std::string_view version = "") {
  return see(request, route, version).key_target;
}

TEST(SeenRequest, TheQueryFollowsTheTable) {
  struct Row {
    QueryKey query;
    const char* target;
    const char* seen;
  };
  const Row rows[] = {
      {QueryKey::sorted, "/p", "/p"},
      {QueryKey::sorted, "/p?", "/p"},
      {QueryKey::sorted, "/p?b=1&a=2", "/p?a=2&b=1"},
      {QueryKey::sorted, "/p?a=2&&b=1&", "/p?a=2&b=1"},
      {QueryKey::sorted, "/p?a=2&b=0&a=1", "/p?a=2&a=1&b=0"},
      {QueryKey::sorted, "/p?b&%61=1&a=2", "/p?%61=1&a=2&b"},
      {QueryKey::whole, "/p?b=1&a=2&", "/p?b=1&a=2&"},
      {QueryKey::whole, "/p?", "/p?"},
      {QueryKey::chosen, "/p?utm=x&q=tea&page=2", "/p?page=2&q=tea"},
      {QueryKey::chosen, "/p?utm=x", "/p"},
      {QueryKey::chosen, "/p?%71=tea", "/p?%71=tea"},
      {QueryKey::chosen, "/p?q%00=tea&Q=tea", "/p"},
      {QueryKey::none, "/p?q=tea", "/p"},
  };
  for (const Row& row : rows) {
    Route route;
    route.query = row.query;
    if (row.query == QueryKey::chosen) route.parameters = {"q", "page"};
    EXPECT_EQ(see(get(row.target), route, "").request.target, row.seen) << row.target;
    // What the handler sees is what the key says, and nothing else.
    EXPECT_EQ(key_of(get(row.target), route), key_of(get(row.seen), route)) << row.target;
  }
}

TEST(SeenRequest, WhatIsNotDeclaredIsNotSeen) {
  const HttpRequest request = get("/p", {{"Host", "evil.example"},
                                         {"Cookie", "session=7; theme=dark; theme=light"},
                                         {"X-Forwarded-Host", "evil.example"},
                                         {"X-Original-URL", "/admin"},
                                         {"If-None-Match", "\"x\""},
                                         {"Range", "bytes=0-1"},
                                         {"Connection", "close"},
                                         {"Accept-Language", "de-AT, en;q=0.5"},
                                         {"User-Agent", "curl"}});
  using Fields = std::vector<HttpField>;
  struct Row {
    const char* what;
    void (*declare)(Route&);
    Fields seen;
  };
  const HttpField host{"Host", "example.org"}, language{"Accept-Language", "de-AT, en;q=0.5"},
      agent{"User-Agent", "curl"};
  const Row rows[] = {
      {"nothing", [](Route&) {}, {host, language, agent}},
      {"a cookie",
       [](Route& route) {
         route.cookies = {"theme", "absent"};
       },
       {host, language, agent, {"Cookie", "theme=dark"}}},
      {"all cookies",
       [](Route& route) { route.headers = {"cookie"}; },
       {host, {"Cookie", "session=7; theme=dark; theme=light"}, language, agent}},
      {"a user",
       [](Route& route) { route.user = [](const HttpRequest&) { return std::string("7"); }; },
       {host, {"Cookie", "session=7; theme=dark; theme=light"}, language, agent}},
      {"no user",
       [](Route& route) { route.user = [](const HttpRequest&) { return std::nullopt; }; },
       {host, language, agent}},
      {"languages",
       [](Route& route) {
         route.languages = {"en", "de"};
       },
       {host, agent, {"Accept-Language", "de"}}},
      {"a field of proxies",
       [](Route& route) { route.headers = {"x-forwarded-host"}; },
       {host, {"X-Forwarded-Host", "evil.example"}, language, agent}},
  };
  for (const Row& row : rows) {
    Route route;
    row.declare(route);
    EXPECT_EQ(see(request, route, "").request.fields, row.seen) << row.what;
  }
}

TEST(SeenRequest, CredentialsAreForTheirOwnerUnlessDeclared) {
  struct Row {
    const char* what;
    void (*declare)(Route&);
    bool unshared, personal;
  };
  const Row rows[] = {
      {"nothing", [](Route&) {}, true, false},
      {"by permission", [](Route& route) { route.may_store_authorized = true; }, false, false},
      {"by key", [](Route& route) { route.headers = {"authorization"}; }, false, true},
      {"by user", [](Route& route) { route.user = [](const HttpRequest&) { return std::string("7"); }; }, false, true},
      {"no user", [](Route& route) { route.user = [](const HttpRequest&) { return std::nullopt; }; }, true, false},
  };
  for (const Row& row : rows) {
    Route route;
    row.declare(route);
    const SeenRequest seen = see(get("/p", {{"Authorization", "Basic eA=="}}), route, "");
    EXPECT_EQ(seen.is_unshared, row.unshared) << row.what;
    EXPECT_EQ(seen.is_personal, row.personal) << row.what;
    EXPECT_TRUE(seen.request.field("Authorization")) << row.what;
  }
}

// Every pair of these differs in something declared.
TEST(SeenRequest, RequestsThatDifferInSomethingDeclaredHaveDifferentKeys) {
  Route route;
  route.headers = {"X-A", "X-B"};
  route.cookies = {"c", "d"};
  route.languages = {"en", "de"};
  route.user = [](const HttpRequest& request) { return request.cookie("user"); };
  route.key = [](const HttpRequest& request) { return std::string(request.field("X-Key").value_or("")); };
  const std::vector<HttpRequest> requests = {
      get("/p"),
      get("/p/"),
      get("/P"),
      get("/p%2F"),
      get("/p|q=a"),
      get("/p?a"),
      get("/p?a="),
      get("/p?a=%7C"),
      get("/p?a=|"),
      get("/p?a=%257C"),
      get("/p?q|u=7"),
      get("/p", {{"X-A", ""}}),
      get("/p", {{"X-A", "1"}}),
      get("/p", {{"X-B", "1"}}),
      get("/p", {{"X-A", "1"}, {"X-B", "1"}}),
      get("/p", {{"X-A", "1|h.x-b=1"}}),
      get("/p", {{"X-A", "1, 1"}}),
      get("/p", {{"X-A", "1"}, {"X-A", "1"}}),
      get("/p", {{"Cookie", "c="}}),
      get("/p", {{"Cookie", "c=1"}}),
      get("/p", {{"Cookie", "d=1"}}),
      get("/p", {{"Cookie", "c=1; d=1"}}),
      get("/p", {{"Cookie", "c=1|c.d=1"}}),
      get("/p", {{"Cookie", "user="}}),
      get("/p", {{"Cookie", "user=7"}}),
      get("/p", {{"Cookie", "user=77"}}),
      get("/p", {{"Cookie", "user=7|k=x"}}),
      get("/p", {{"X-Key", "x"}}),
      get("/p", {{"X-Key", "x"}, {"Cookie", "user=7"}}),
      get("/p", {{"Accept-Language", "de"}}),
  };
  std::map<std::string, std::size_t> keys;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string key = key_of(requests[i], route);
    const auto [at, is_new] = keys.emplace(key, i);
    EXPECT_TRUE(is_new) << i << " and " << at->second << ": " << key;
    EXPECT_TRUE(keys.emplace(key_of(requests[i], route, "2"), i).second) << "another version: " << key;
    for (const char c : key) EXPECT_TRUE(c > ' ' && c != '#' && c != 0x7f) << key;
  }
}

TEST(SeenRequest, TheHostIsSeenAsItIsKeyed) {
  HttpRequest request = get();
  request.authority = "EXAMPLE.org:8080";
  EXPECT_EQ(see(request, {}, "").request.field("Host"), "example.org:8080");
  request.authority = "";
  EXPECT_EQ(see(request, {}, "").request.field("Host"), "no-host.invalid") << "HTTP/1.0 may leave it out";
}

TEST(SeenRequest, KeysCanBeRead) {
  Route route;
  route.headers = {"Accept"};
  route.cookies = {"theme"};
  route.languages = {"de"};
  route.user = [](const HttpRequest&) { return std::string("42"); };
  route.key = [](const HttpRequest&) { return std::string("blue"); };
  EXPECT_EQ(key_of(get("/search?q=tea&page=2", {{"Accept", "text/html"}}), route, "7"),
            "/search?|q=page=2&q=tea|h.accept=text/html|c.theme|l=de|u=42|k=blue|v=7");
}

}  // namespace
}  // namespace freshet::response_cache
