// A response cache for tests, whose clock, executor and store the test owns, and a view that counts its calls.
#pragma once

#include <freshet/response_cache.h>
#include <freshet/testing.h>

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>

namespace freshet::response_cache {

inline HttpRequest get(std::string target = "/page", std::vector<HttpField> fields = {}) {
  HttpRequest request;
  request.authority = "example.org";
  request.target = std::move(target);
  request.fields = std::move(fields);
  return request;
}

inline HttpResponse page(std::string body = "hello", std::vector<HttpField> fields = {}, int status = 200) {
  return {status, std::move(fields), std::move(body)};
}

class Views {
 public:
  Views() : Views(ResponseCacheOptions{}) {}
  explicit Views(ResponseCacheOptions options)
      : cache(open(store, {.clock = clock})), views(cache, own(std::move(options))) {
    route.ttl = std::chrono::seconds(60);
  }
  ~Views() { executor->drop_all(); }
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  /// By the view `make`, which stands still and counts.
  HttpAnswer ask(const HttpRequest& request) {
    return views.answer(request, route, [this](const HttpRequest& seen) {
      ++calls;
      last_seen = seen;
      return make(seen);
    });
  }
  HttpAnswer ask(std::string target = "/page", std::vector<HttpField> fields = {}) {
    return ask(get(std::move(target), std::move(fields)));
  }

  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  std::shared_ptr<testing::ManualExecutor> executor = std::make_shared<testing::ManualExecutor>();
  std::shared_ptr<Store> store = testing::in_process_store();
  Cache cache;
  ResponseCache views;
  Route route;
  int calls = 0;
  HttpRequest last_seen;
  HttpHandler make = [](const HttpRequest&) { return page(); };

 private:
  ResponseCacheOptions own(ResponseCacheOptions options) {
    options.clock = clock;
    options.executor = executor;
    return options;
  }
};

}  // namespace freshet::response_cache
