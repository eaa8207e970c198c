// What is particular to cpp-httplib: bodies that it produces while it sends them, its own compression, default headers,
// patterns that the adapter is not told.
#include "tests/middleware/raw_client.h"

#include <freshet/httplib.h>
#include <freshet/testing.h>

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace middleware {
namespace {

using namespace std::chrono_literals;

class Httplib : public ::testing::Test {
 protected:
  void TearDown() override {
    server.stop();
    if (thread.joinable()) thread.join();
    executor->drop_all();
  }
  freshet::ResponseCacheOptions options() {
    freshet::ResponseCacheOptions out;
    out.clock = clock;
    out.executor = executor;
    return out;
  }
  void start() {
    port = server.bind_to_any_port("127.0.0.1");
    thread = std::thread([this] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
  }

  std::shared_ptr<freshet::testing::ManualClock> clock = std::make_shared<freshet::testing::ManualClock>();
  std::shared_ptr<freshet::testing::ManualExecutor> executor = std::make_shared<freshet::testing::ManualExecutor>();
  freshet::Cache cache = freshet::open("memory:?size=8MiB", {.clock = clock});
  freshet::ResponseCache views{cache, options()};
  freshet::Route route{.ttl = 60s};
  httplib::Server server;
  std::thread thread;
  int port = 0;
  std::atomic<int> calls{0};
};

TEST_F(Httplib, ABodyThatIsProducedWhileItIsSentGoesThroughUnstored) {
  server.Get("/stream",
             freshet::for_httplib::cached(views, route, [&](const httplib::Request&, httplib::Response& response) {
               ++calls;
               response.set_content_provider(10, "text/plain",
                                             [](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                                               sink.write(&"0123456789"[offset], length);
                                               return true;
                                             });
             }));
  start();
  for (int i = 1; i <= 2; ++i) {
    const Reply got = ask(port, "GET", "/stream");
    EXPECT_EQ(got.body, "0123456789");
    EXPECT_EQ(got.field("Content-Type"), "text/plain");
    EXPECT_NE(got.field("Cache-Status").find("refused_by_loader"), std::string::npos) << got.field("Cache-Status");
    EXPECT_EQ(calls, i);
  }
}

TEST_F(Httplib, WhatItCompressesHasAWeakTagAndPartsAreNotCompressed) {
  const std::string body(4000, 'x');
  server.Get("/page",
             freshet::for_httplib::cached(views, route, [&](const httplib::Request&, httplib::Response& response) {
               ++calls;
               response.set_content(body, "text/plain");
             }));
  start();
  const std::string strong = ask(port, "GET", "/page").field("ETag");
  const Reply packed = ask(port, "GET", "/page", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed.field("ETag"), packed.field("Content-Encoding") == "gzip" ? "W/" + strong : strong);
  EXPECT_EQ(packed.field("Content-Encoding"), "gzip") << "Debian's cpp-httplib compresses";
  EXPECT_LT(packed.body.size(), body.size());
  EXPECT_EQ(ask(port, "GET", "/page", {{"Accept-Encoding", "gzip"}, {"If-None-Match", packed.field("ETag")}}).status,
            304);
  const Reply part = ask(port, "GET", "/page", {{"Accept-Encoding", "gzip"}, {"Range", "bytes=0-99"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.field("Content-Encoding"), "(none)");
  EXPECT_EQ(part.body, body.substr(0, 100));
  EXPECT_EQ(calls, 1);
}

TEST_F(Httplib, AnUnknownPatternsGroupsAreRefreshedInTheForeground) {
  route.stale_while_revalidate = 30s;
  server.Get("/page/(.*)", freshet::for_httplib::cached(
                               views, route, [&](const httplib::Request& request, httplib::Response& response) {
                                 response.body = request.matches[1].str() + std::to_string(++calls);
                               }));
  start();
  EXPECT_EQ(ask(port, "GET", "/page/ada").body, "ada1");
  clock->advance(61s);
  EXPECT_EQ(ask(port, "GET", "/page/ada").body, "ada2");
  EXPECT_EQ(executor->waiting(), 0u);
}

TEST_F(Httplib, TheServersOwnHeadersStay) {
  server.set_default_headers({{"X-Server", "mine"}});
  server.Get("/page",
             freshet::for_httplib::cached(views, route, [&](const httplib::Request&, httplib::Response& response) {
               response.set_header("X-Page", "own");
             }));
  start();
  for (int i = 0; i < 2; ++i) {
    const Reply got = ask(port, "GET", "/page");
    EXPECT_EQ(got.field("X-Server"), "mine");
    EXPECT_EQ(got.field("X-Page"), "own");
  }
}

TEST_F(Httplib, ARouteThatMakesNoSenseIsRefusedAtStart) {
  route.ttl = -1s;
  EXPECT_THROW(freshet::for_httplib::cached(views, route, nullptr), freshet::ConfigError);
}

}  // namespace
}  // namespace middleware
