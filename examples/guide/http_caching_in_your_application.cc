// docs/guides/http-caching-in-your-application.md as a program: whole answers, cached by the rules of HTTP.
#include "claims.h"

#include <freshet/freshet.h>
#include <freshet/httplib.h>
#include <freshet/response_cache.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

int pages_made = 0;

std::string product_page(const std::string& id) {
  ++pages_made;
  return "<h1>Product " + id + "</h1>";
}

// A server that runs while this lives.
class Running {
 public:
  explicit Running(httplib::Server& server) : server_(server), port_(server.bind_to_any_port("127.0.0.1")) {
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    server_.stop();
    thread_.join();
  }
  int port() const { return port_; }

 private:
  httplib::Server& server_;
  int port_;
  std::thread thread_;
};

void with_httplib() {
  guide::chapter("A view of cpp-httplib");
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  httplib::Server server;
  // [snippet httplib]
  freshet::ResponseCache views(cache);
  freshet::Route product;
  product.ttl = std::chrono::minutes(10);
  product.stale_if_error = std::chrono::hours(1);
  product.tags = {"products"};

  freshet::for_httplib::get(server, "/product/(\\d+)", views, product,
                            [](const httplib::Request& request, httplib::Response& response) {
                              response.set_content(product_page(request.matches[1]), "text/html");
                            });
  // [/snippet]
  const Running running(server);
  httplib::Client browser("127.0.0.1", running.port());
  const auto first = browser.Get("/product/7");
  guide::claim(first && first->body == "<h1>Product 7</h1>", "the first visitor's page is made");
  const auto second = browser.Get("/product/7");
  guide::claim(second && second->body == first->body && pages_made == 1, "the second's is not");
  const auto same = browser.Get("/product/7", {{"If-None-Match", first->get_header_value("ETag")}});
  guide::claim(same && same->status == 304 && pages_made == 1, "a browser that has it gets a 304");
  // [snippet invalidate]
  cache.invalidate_tag("products");  // in any process, after the commit
  // [/snippet]
  guide::claim(browser.Get("/product/7") && pages_made == 2, "after an invalidation it is made anew");
}

freshet::HttpRequest request_for(std::string target) {
  freshet::HttpRequest request;
  request.authority = "shop.example";
  request.target = std::move(target);
  return request;
}

std::string user_of_session(const std::string& session) { return session == "s1" ? "ada" : ""; }

void keys() {
  guide::chapter("What an answer differs by");
  freshet::ResponseCache views(freshet::open("memory:?size=8MiB"));
  int calls = 0;
  const freshet::HttpHandler show = [&](const freshet::HttpRequest& seen) {
    ++calls;
    return freshet::HttpResponse{200, {}, seen.target + " " + seen.cookie("theme").value_or("no theme")};
  };
  // [snippet keys]
  freshet::Route search;
  search.ttl = std::chrono::minutes(1);
  search.query = freshet::QueryKey::chosen;  // utm_source and its kin do not exist for this page
  search.parameters = {"q", "page"};
  search.cookies = {"theme"};
  search.languages = {"en", "de"};
  // [/snippet]
  freshet::HttpRequest visit = request_for("/search?utm_source=mail&q=tea&page=2");
  visit.fields = {{"Cookie", "session=s1; theme=dark"}, {"Accept-Language", "de-AT, de;q=0.9"}};
  guide::claim(views.answer(visit, search, show).response.body == "/search?page=2&q=tea dark",
               "the handler sees what is in the key");
  visit = request_for("/search?page=2&q=tea");
  visit.fields = {{"Cookie", "theme=dark; session=s2"}, {"Accept-Language", "de"}};
  guide::claim(views.answer(visit, search, show).reason == freshet::Reason::hit && calls == 1,
               "and what is not, makes no difference");

  guide::chapter("A page for each user");
  // [snippet user]
  freshet::Route basket;
  basket.ttl = std::chrono::minutes(1);
  basket.user = [](const freshet::HttpRequest& request) -> std::optional<std::string> {
    const auto session = request.cookie("session");
    const std::string user = session ? user_of_session(*session) : "";  // looked up, not taken on trust
    if (user.empty()) return std::nullopt;                              // nobody in particular
    return user;
  };
  // [/snippet]
  visit = request_for("/basket");
  visit.fields = {{"Cookie", "session=s1"}};
  const freshet::HttpAnswer hers = views.answer(visit, basket, show);
  guide::claim(hers.stored == freshet::Reason::stored, "a user's page is stored under the user");
  guide::claim(hers.response.field("Cache-Control") == "private, no-cache", "and is private on its way to the browser");
  visit.fields = {{"Cookie", "session=made-up"}};
  guide::claim(views.answer(visit, basket, show).reason == freshet::Reason::miss_absent, "nobody else is served it");
}

void refusals() {
  guide::chapter("What is not stored, and why");
  freshet::ResponseCache views(freshet::open("memory:?size=8MiB"));
  const freshet::HttpRequest request = request_for("/login");
  const freshet::HttpHandler handler = [](const freshet::HttpRequest&) {
    return freshet::HttpResponse{200, {{"Set-Cookie", "session=s1"}}, "welcome"};
  };
  freshet::Route route;
  route.ttl = std::chrono::minutes(1);
  // [snippet refusal]
  const freshet::HttpAnswer answer = views.answer(request, route, handler);
  if (answer.stored && *answer.stored != freshet::Reason::stored) {
    std::cout << "not stored: " << freshet::meaning(*answer.stored) << '\n';
  }
  // [/snippet]
  guide::claim(answer.stored == freshet::Reason::refused_set_cookie, "a cookie is nobody else's");
  guide::claim(
      answer.response.field("Cache-Status") == "freshet; fwd=uri-miss; fwd-status=200; detail=refused_set_cookie",
      "and Cache-Status says so");
}

void browsers() {
  guide::chapter("What browsers and CDNs are told");
  freshet::ResponseCache views(freshet::open("memory:?size=8MiB"));
  // [snippet browsers]
  using freshet::CacheControl;
  freshet::Route article;
  article.ttl = std::chrono::minutes(10);             // this host
  article.browsers = CacheControl{.no_cache = true};  // browsers ask each time, and mostly get a 304
  article.cdns = CacheControl{.max_age = std::chrono::minutes(1), .stale_while_revalidate = std::chrono::seconds(30)};
  // For files with their content's hash in their names: public, max-age=31536000, immutable
  const std::string forever = CacheControl::asset().text();
  // [/snippet]
  const freshet::HttpAnswer answer = views.answer(request_for("/article"), article, [](const freshet::HttpRequest&) {
    return freshet::HttpResponse{200, {}, "text"};
  });
  guide::claim(answer.response.field("Cache-Control") == "no-cache", "browsers ask");
  guide::claim(answer.response.field("CDN-Cache-Control") == "max-age=60, stale-while-revalidate=30", "CDNs keep it");
  guide::claim(forever == "public, max-age=31536000, immutable", "assets are for ever");
}

// A framework of this page's invention.
namespace web {
struct Request {
  std::string method, host, path_and_query;
  std::vector<std::pair<std::string, std::string>> headers;
};
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
}  // namespace web

// [snippet adapter]
std::function<web::Response(const web::Request&)> cached(
    const freshet::ResponseCache& views, const freshet::Route& route,
    const std::function<web::Response(const web::Request&)>& handler) {
  freshet::validate(route);
  // From the core's request to the framework's, and from the framework's answer to the core's.
  const freshet::HttpHandler call = [handler](const freshet::HttpRequest& seen) {
    web::Request own{seen.method, seen.authority, seen.target, {}};
    for (const freshet::HttpField& field : seen.fields) own.headers.emplace_back(field.name, field.value);
    web::Response made = handler(own);
    freshet::HttpResponse out{made.status, {}, std::move(made.body)};
    for (const auto& [name, value] : made.headers) out.fields.push_back({name, value});
    return out;
  };
  return [=](const web::Request& request) {
    freshet::HttpRequest asked{request.method, "http", request.host, request.path_and_query};
    for (const auto& [name, value] : request.headers) asked.fields.push_back({name, value});
    freshet::HttpAnswer answer = views.answer(asked, route, call);
    web::Response response{answer.response.status, {}, {}};
    for (const freshet::HttpField& field : answer.response.fields)
      response.headers.emplace_back(field.name, field.value);
    if (request.method != "HEAD") response.body = std::move(answer.response.body);
    return response;
  };
}
// [/snippet]

void another_framework() {
  guide::chapter("An adapter for another framework");
  freshet::ResponseCache views(freshet::open("memory:?size=8MiB"));
  freshet::Route route;
  route.ttl = std::chrono::minutes(1);
  int calls = 0;
  const auto page = cached(views, route, [&](const web::Request& request) {
    ++calls;
    return web::Response{200, {{"Content-Type", "text/plain"}}, request.path_and_query};
  });
  guide::claim(page({"GET", "shop.example", "/a", {}}).body == "/a", "it answers");
  guide::claim(page({"GET", "shop.example", "/a", {{"Range", "bytes=0-0"}}}).body == "/" && calls == 1,
               "and from then on without its handler");
}

}  // namespace

int main() {
  with_httplib();
  keys();
  refusals();
  browsers();
  another_framework();
  return guide::verdict();
}
