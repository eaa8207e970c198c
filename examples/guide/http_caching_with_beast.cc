// The Beast part of docs/guides/http-caching-in-your-application.md as a program.
#include "claims.h"

#include <freshet/beast.h>
#include <freshet/freshet.h>

#include <boost/beast/http/verb.hpp>
#include <chrono>
#include <string>

namespace {

int pages_made = 0;

// [snippet beast]
using freshet::for_beast::Request;
using freshet::for_beast::Response;

Response front_page(const Request&) {
  ++pages_made;
  Response response;
  response.set(boost::beast::http::field::content_type, "text/html");
  response.body() = "<h1>Front page</h1>";
  return response;  // version, Content-Length and Connection are written for you
}

freshet::for_beast::Handler cached_front_page(const freshet::Cache& cache) {
  freshet::Route route;
  route.ttl = std::chrono::minutes(1);
  return freshet::for_beast::cached(freshet::ResponseCache(cache), route, front_page);
}
// [/snippet]

}  // namespace

int main() {
  guide::chapter("A view of Beast");
  const auto page = cached_front_page(freshet::open("memory:?size=8MiB"));
  Request request(boost::beast::http::verb::get, "/", 11);
  request.set(boost::beast::http::field::host, "shop.example");
  const Response first = page(request);
  const Response second = page(request);
  guide::claim(first.body() == "<h1>Front page</h1>" && second.body() == first.body(), "both get the page");
  guide::claim(pages_made == 1, "it was made once");
  return guide::verdict();
}
