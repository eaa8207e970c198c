// What every adapter must do, asked of a real server by real sockets. A framework that is not installed here has no
// rows in this suite; its name is then missing from the list of tests.
#include "tests/middleware/raw_client.h"
#include "tests/middleware/site.h"

#include <freshet/testing.h>

#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>
#include <ostream>
#include <stdexcept>

namespace middleware {
namespace {

using namespace std::chrono_literals;
using freshet::HttpRequest;
using freshet::HttpResponse;
using freshet::Route;

struct Framework {
  const char* name;
  std::unique_ptr<Site> (*site)();
  friend void PrintTo(const Framework& framework, std::ostream* out) { *out << framework.name; }
};

std::vector<Framework> frameworks() {
  return {
#ifdef FRESHET_WITH_HTTPLIB
      {"httplib", httplib_site},
#endif
#ifdef FRESHET_WITH_BEAST
      {"beast", beast_site},
#endif
  };
}

// Counts, and tells whoever waits.
class Count {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++value_;
    changed_.notify_all();
  }
  int value() {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  bool wait_for(int wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return value_ >= wanted; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int value_ = 0;
};

// What the view makes; the test may change it between two requests.
class Make {
 public:
  Make& operator=(freshet::HttpHandler handler) {
    const std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
    return *this;
  }
  HttpResponse operator()(const HttpRequest& seen) {
    freshet::HttpHandler handler;
    {
      const std::lock_guard lock(mutex_);
      handler = handler_;
    }
    return handler(seen);
  }

 private:
  std::mutex mutex_;
  freshet::HttpHandler handler_ = [](const HttpRequest&) {
    return HttpResponse{200, {{"Content-Type", "text/plain"}}, "0123456789"};
  };
};

class Middleware : public ::testing::TestWithParam<Framework> {
 protected:
  void TearDown() override {
    site.reset();
    executor->drop_all();
  }

  freshet::ResponseCacheOptions options() {
    freshet::ResponseCacheOptions out;
    out.clock = clock;
    out.executor = executor;
    return out;
  }
  // At "/page": what `make` makes, counted.
  void start(std::size_t threads = 8) {
    site->add("page", views, route, [this](const HttpRequest& seen) {
      calls.add();
      return make(seen);
    });
    port = site->start(threads);
  }
  Reply get(std::string_view target = "/page", const std::vector<freshet::HttpField>& fields = {}) {
    return ask(port, "GET", target, fields);
  }

  std::shared_ptr<freshet::testing::ManualClock> clock = std::make_shared<freshet::testing::ManualClock>();
  std::shared_ptr<freshet::testing::ManualExecutor> executor = std::make_shared<freshet::testing::ManualExecutor>();
  freshet::Cache cache = freshet::open("memory:?size=16MiB", {.clock = clock});
  freshet::ResponseCache views{cache, options()};
  Route route{.ttl = 60s};
  Make make;
  Count calls;
  std::unique_ptr<Site> site = GetParam().site();
  int port = 0;
};

TEST_P(Middleware, AHitDoesNotCallTheHandler) {
  start();
  const Reply first = get();
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "0123456789");
  EXPECT_EQ(first.field("Cache-Status"), "freshet; fwd=uri-miss; fwd-status=200; stored; ttl=60; detail=miss_absent");
  const Reply second = get();
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, "0123456789");
  EXPECT_EQ(second.field("Content-Length"), "10");
  EXPECT_EQ(second.field("Content-Type"), "text/plain");
  EXPECT_EQ(second.field("Cache-Status"), "freshet; hit; ttl=60; detail=hit");
  EXPECT_EQ(calls.value(), 1);
}

TEST_P(Middleware, AnswersConditionsHeadAndRangesWithoutTheHandler) {
  start();
  const std::string tag = get().field("ETag");
  const Reply same = get("/page", {{"If-None-Match", tag}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.field("ETag"), tag);
  const Reply head = ask(port, "HEAD", "/page");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.field("Content-Length"), "10");
  const Reply part = get("/page", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.field("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(part.field("Content-Length"), "3");
  const Reply late = get("/page", {{"Range", "bytes=10-"}});
  EXPECT_EQ(late.status, 416);
  EXPECT_EQ(late.field("Content-Range"), "bytes */10");
  const Reply whole = get("/page", {{"Range", "bytes=2-4"}, {"If-Range", "\"old\""}});
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, "0123456789");
  const Reply two = get("/page", {{"Range", "bytes=0-1,8-9"}});
  EXPECT_EQ(two.status, 206);
  EXPECT_EQ(two.field("Content-Length"), std::to_string(two.body.size()));
  EXPECT_NE(two.body.find("\r\n\r\n01\r\n"), std::string::npos) << two.body;
  EXPECT_EQ(calls.value(), 1);
}

TEST_P(Middleware, HeadOnAColdPageDoesNotSpoilIt) {
  make = [](const HttpRequest& seen) { return HttpResponse{200, {}, seen.method == "HEAD" ? "" : "0123456789"}; };
  start();
  EXPECT_EQ(ask(port, "HEAD", "/page").field("Content-Length"), "10");
  EXPECT_EQ(get().body, "0123456789");
  EXPECT_EQ(calls.value(), 1);
}

TEST_P(Middleware, ARangeOnAColdPageIsCutFromAllOfIt) {
  start();
  EXPECT_EQ(get("/page", {{"Range", "bytes=2-4"}}).body, "234");
  EXPECT_EQ(get().body, "0123456789");
  EXPECT_EQ(calls.value(), 1);
}

TEST_P(Middleware, OneHandlerRunsForTwoHundredClientsOfAColdPage) {
  constexpr int kClients = 200;
  Count arrived;
  site->on_arrival([&] { arrived.add(); });
  make = [&](const HttpRequest&) {
    EXPECT_TRUE(arrived.wait_for(kClients)) << "all clients are to be there before the page is";
    return HttpResponse{200, {}, "made once"};
  };
  start(kClients);
  // One after the other, or they would not fit into cpp-httplib's queue of five connections: but none is answered
  // before all are there.
  std::vector<std::unique_ptr<Exchange>> clients;
  for (int i = 1; i <= kClients; ++i) {
    clients.push_back(std::make_unique<Exchange>(port, "GET", "/page"));
    ASSERT_TRUE(arrived.wait_for(i));
  }
  int good = 0;
  for (const auto& client : clients) good += client->receive().body == "made once" ? 1 : 0;
  EXPECT_EQ(good, kClients);
  EXPECT_EQ(calls.value(), 1);
}

TEST_P(Middleware, WhatIsNotSafeToStoreIsNotAndSaysWhy) {
  struct Row {
    const char* why;
    HttpResponse made;
    std::vector<freshet::HttpField> asked;
  };
  const Row rows[] = {
      {"refused_set_cookie", {200, {{"Set-Cookie", "id=1"}}, "x"}, {}},
      {"refused_authorization", {200, {}, "x"}, {{"Authorization", "Basic eA=="}}},
      {"refused_private", {200, {{"Cache-Control", "private"}}, "x"}, {}},
      {"refused_no_store", {200, {{"Cache-Control", "no-store"}}, "x"}, {}},
      {"refused_status", {404, {}, "x"}, {}},
      {"refused_status", {500, {}, "x"}, {}},
  };
  start();
  for (const Row& row : rows) {
    make = [made = row.made](const HttpRequest&) { return made; };
    for (int i = 0; i < 2; ++i) {
      const int before = calls.value();
      const Reply got = get("/page", row.asked);
      EXPECT_EQ(calls.value(), before + 1) << row.why;
      EXPECT_EQ(got.status, row.made.status) << row.why;
      EXPECT_EQ(got.body, "x") << row.why;
      EXPECT_NE(got.field("Cache-Status").find(row.why), std::string::npos) << got.field("Cache-Status");
    }
  }
  make = [](const HttpRequest&) { return HttpResponse{200, {{"Set-Cookie", "id=1"}}, "x"}; };
  EXPECT_EQ(get().field("Set-Cookie"), "id=1") << "its own client gets it";
}

TEST_P(Middleware, InvalidatingATagFencesWhatIsBeingMade) {
  route.tags = {"products"};
  make = [&](const HttpRequest&) {
    if (calls.value() == 1) cache.invalidate_tag("products");
    return HttpResponse{200, {}, std::to_string(calls.value())};
  };
  start();
  EXPECT_NE(get().field("Cache-Status").find("refused_invalidated"), std::string::npos);
  EXPECT_EQ(get().body, "2");
  EXPECT_EQ(get().body, "2");
  cache.invalidate_tag("products");
  EXPECT_EQ(get().body, "3");
}

TEST_P(Middleware, ServesStaleAndRefreshesInTheBackgroundWithTheSameRequest) {
  route.stale_while_revalidate = 30s;
  make = [&](const HttpRequest& seen) {
    return HttpResponse{200,
                        {},
                        std::string(*seen.field("X-Match")) + " " + std::string(*seen.field("X-Parameter")) + " " +
                            std::to_string(calls.value())};
  };
  start();
  EXPECT_EQ(get("/page/ada?q=tea").body, "/ada tea 1");
  clock->advance(61s);
  const Reply stale = get("/page/ada?q=tea");
  EXPECT_EQ(stale.body, "/ada tea 1");
  EXPECT_NE(stale.field("Cache-Status").find("detail=stale_revalidating"), std::string::npos);
  EXPECT_EQ(executor->run_all(), 1u);  // long after its connection has gone
  const Reply fresh = get("/page/ada?q=tea");
  EXPECT_EQ(fresh.body, "/ada tea 2");
  EXPECT_NE(fresh.field("Cache-Status").find("detail=hit"), std::string::npos);
}

TEST_P(Middleware, AStaleAnswerStandsInForAHandlerThatThrowsOrFails) {
  route.stale_if_error = 300s;
  start();
  get();
  clock->advance(61s);
  for (const int status : {0, 503}) {
    make = [status](const HttpRequest&) {
      if (status == 0) throw std::runtime_error("database locked");
      return HttpResponse{status, {}, "broken"};
    };
    const Reply got = get();
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "0123456789");
    EXPECT_NE(got.field("Cache-Status").find("detail=stale_on_error"), std::string::npos);
  }
  EXPECT_EQ(get("/page/cold").status, 503);
  make = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("database locked"); };
  EXPECT_EQ(get("/page/cold").body, "threw") << "what cannot be covered is the framework's to answer";
}

TEST_P(Middleware, AUsersPageIsNeverAnothers) {
  route.user = [](const HttpRequest& request) { return request.cookie("session"); };
  make = [](const HttpRequest& seen) { return HttpResponse{200, {}, seen.cookie("session").value_or("nobody")}; };
  start();
  for (int i = 0; i < 2; ++i) {
    for (const std::string who : {"ada", "bob", "ada;x", "cy"}) {
      const std::string owner = who.substr(0, who.find(';'));
      const Reply got = get("/page", {{"Cookie", "session=" + who}});
      EXPECT_EQ(got.body, owner);
      EXPECT_EQ(got.field("Cache-Control"), "private, no-cache");
    }
    EXPECT_EQ(get().body, "nobody");
  }
  EXPECT_EQ(calls.value(), 4);
}

TEST_P(Middleware, WhatIsNotDeclaredIsNotSeen) {
  route.query = freshet::QueryKey::chosen;
  route.parameters = {"page"};
  make = [](const HttpRequest& seen) {
    return HttpResponse{200,
                        {},
                        seen.target + " " + seen.cookie("session").value_or("-") + " " +
                            std::string(seen.field("X-Forwarded-Host").value_or("-")) + " " +
                            std::string(*seen.field("X-Parameter"))};
  };
  start();
  EXPECT_EQ(get("/page?q=evil&page=2", {{"Cookie", "session=ada"}, {"X-Forwarded-Host", "evil.example"}}).body,
            "/page?page=2 - - ");
  EXPECT_EQ(get("/page?page=2&utm_source=x").body, "/page?page=2 - - ");
  EXPECT_EQ(calls.value(), 1);
}

TEST_P(Middleware, TheOrderOfParametersDoesNotMatter) {
  make = [](const HttpRequest& seen) { return HttpResponse{200, {}, seen.target}; };
  start();
  EXPECT_EQ(get("/page?b=2&a=1").body, "/page?a=1&b=2");
  EXPECT_EQ(get("/page?a=1&b=2").body, "/page?a=1&b=2");
  EXPECT_EQ(get("/page?a=1&b=3").body, "/page?a=1&b=3");
  EXPECT_EQ(calls.value(), 2);
}

TEST_P(Middleware, NoValueOfAFieldCanBeginALineOfItsOwn) {
  make = [](const HttpRequest&) {
    return HttpResponse{
        200, {{"Location", "/x\r\nSet-Cookie: admin=1"}, {"X-A", "a\nb"}, {"X-B", std::string("a\0b", 3)}}, "x"};
  };
  start();
  for (int i = 0; i < 2; ++i) {
    const Reply got = get();
    EXPECT_EQ(got.status, 200);
    for (const char* name : {"Location", "Set-Cookie", "X-A", "X-B"}) EXPECT_EQ(got.field(name), "(none)") << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Adapters, Middleware, ::testing::ValuesIn(frameworks()),
                         [](const auto& row) { return std::string(row.param.name); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Middleware);

}  // namespace
}  // namespace middleware
