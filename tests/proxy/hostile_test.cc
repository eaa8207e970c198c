// Clients that mean harm, or have no idea.
#include "tests/proxy/fixture.h"
#include "tests/proxy/program.h"

#include <atomic>
#include <gtest/gtest.h>

namespace freshet::proxy_test {
namespace {

void answer(Visit& visit) { visit.answer(200, kForAMinute, "for " + visit.request.field("Host")); }

TEST(Hostile, AHeadThatNeverEndsEndsTheConnectionHoweverSteadilyItComes) {
  ProxyOptions options;
  options.timeouts.request_head = std::chrono::milliseconds(200);
  Site site(answer, options);
  Connection client = site.connect();
  client.send("GET / HTTP/1.1\r\n");
  const auto began = std::chrono::steady_clock::now();
  while (client.send("X: y\r\n") && std::chrono::steady_clock::now() < began + kLimit) std::this_thread::yield();
  // Either it took too long or it was too long; it did not go on.
  EXPECT_LT(std::chrono::steady_clock::now(), began + kLimit);

  Connection silent = site.connect();
  silent.send("GET / HTTP/1.1\r\nX: ");
  EXPECT_TRUE(silent.ends());
  Connection mute = site.connect();
  EXPECT_TRUE(mute.ends());
  EXPECT_EQ(site.origin.requests(), 0U);
}

TEST(Hostile, AnIdleConnectionIsClosedAfterItsTime) {
  ProxyOptions options;
  options.timeouts.client_idle = std::chrono::milliseconds(100);
  Site site(answer, options);
  Connection client = site.connect();
  EXPECT_EQ(client.get("/").status(), 200);
  EXPECT_TRUE(client.ends());
}

TEST(Hostile, AThousandIdleConnectionsAreInNobodysWay) {
  Origin origin(answer);
  ProxyProgram proxy(origin.url(), {"--threads", "2"});
  get(proxy.port(), "/");
  const std::size_t before = proxy.program().memory("VmRSS");
  std::vector<Connection> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(Connection::to(proxy.port()));
    if (i % 2 == 0) {
      EXPECT_EQ(idle.back().get("/").status(), 200);
    }
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(get(proxy.port(), "/").status(), 200);
  EXPECT_LT(proxy.program().memory("VmRSS"), before + 1000 * 48 * 1024);
  EXPECT_EQ(origin.requests(), 1U);
}

TEST(Hostile, WithoutDescriptorsLeftThoseWhoWaitAreServedOnceThereAre) {
  Origin origin(answer);
  ProxyProgram proxy(origin.url(), {"--threads", "1"}, 64);
  EXPECT_EQ(get(proxy.port(), "/").status(), 200);
  std::vector<Connection> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(Connection::to(proxy.port()));
    all.back().send_get("/");
  }
  // The first ones are served; the others wait until these are gone. Nobody connects any more.
  std::size_t served = 0;
  for (Connection& one : all) {
    EXPECT_EQ(one.response().status(), 200);
    one.close();
    ++served;
  }
  EXPECT_EQ(served, 100U);
}

TEST(Hostile, AMillionVariantsOfOneUrlStayFew) {
  Site site([](Visit& visit) {
    visit.answer(200, std::string(kForAMinute) + "Vary: X-Key\r\n", visit.request.field("X-Key"));
  });
  Connection client = site.connect();
  for (int i = 0; i < 3000; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_EQ(client.get("/", "X-Key: " + key + "\r\n").body, key);
  }
  std::size_t hits = 0;
  for (int i = 2999; i > 2900; --i) {
    hits += client.get("/", "X-Key: " + std::to_string(i) + "\r\nCache-Control: only-if-cached\r\n").status() == 200;
  }
  EXPECT_EQ(hits, 32U);
}

TEST(Hostile, ConnectionCannotTakeAwayWhatSaysWhoAsks) {
  Site site(answer);
  Connection client = site.connect();
  client.get(
      "/",
      "Cookie: user=1\r\nAuthorization: Basic eDp5\r\nX-Forwarded-For: 10.0.0.1\r\nX-Own: gone\r\nTE: trailers\r\n"
      "Keep-Alive: timeout=5\r\nProxy-Authorization: Basic eDp5\r\nUpgrade: h2c\r\n"
      "Connection: close, Host, Cookie, Authorization, X-Forwarded-For, Content-Length, X-Own, TE\r\n");
  const Message seen = site.origin.seen().front();
  EXPECT_EQ(seen.field("Host"), "test");
  EXPECT_EQ(seen.field("Cookie"), "user=1");
  EXPECT_EQ(seen.field("Authorization"), "Basic eDp5");
  EXPECT_EQ(seen.field("X-Forwarded-For"), "10.0.0.1");
  for (const char* name : {"X-Own", "TE", "Keep-Alive", "Proxy-Authorization", "Upgrade", "Connection"}) {
    EXPECT_FALSE(seen.has(name)) << name << seen.head;
  }
}

TEST(Hostile, FieldsThatNoKeyContainsDoNotReachTheOrigin) {
  Site site(answer);
  std::string fields;
  const std::vector<std::string> names = {
      "X-Forwarded-Host", "X-Forwarded-Scheme", "X-Original-URL", "X-HTTP-Method-Override", "X-Rewrite-URL",
      "X-Host",           "Forwarded"};
  for (const std::string& name : names) fields += name + ": evil\r\n";
  site.get("/", fields);
  for (const std::string& name : names) EXPECT_FALSE(site.origin.seen().front().has(name)) << name;
}

TEST(Hostile, TheQueryAndThePathAreByteExactInKeyAndRequest) {
  Site site([](Visit& visit) { visit.answer(200, kForAMinute, visit.request.target()); });
  for (const char* target : {"/a?b=1&a=2", "/a?a=2&b=1", "/a?a=2;b=1", "/a?", "/a", "/a/", "/a%2fb", "/a/b", "/A",
                             "//a", "/a/../b", "/a;x", "/a%00b"}) {
    EXPECT_EQ(site.get(target).body, target);
  }
  EXPECT_EQ(site.origin.requests(), 13U);
}

TEST(Hostile, NobodyPurgesOrTunnelsOnThePublicPort) {
  Site site(answer);
  site.get("/");
  for (const char* line : {"PURGE / HTTP/1.1", "TRACE / HTTP/1.1", "CONNECT test:80 HTTP/1.1"}) {
    Connection client = site.connect();
    client.send(std::string(line) + "\r\nHost: " + (line[0] == 'C' ? "test:80" : "test") + "\r\n\r\n");
    EXPECT_EQ(client.response().status(), 405) << line;
  }
  EXPECT_EQ(site.origin.requests(), 1U);
  EXPECT_TRUE(site.get("/").cache_status_has("hit"));
}

TEST(Hostile, HostsThatAreNoneAreRefusedAndNoTwoShareAKey) {
  Site site(answer);
  for (const char* hosts :
       {"", "Host: \r\n", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: user@a\r\n",
        "Host: a,b\r\n", "Host: a:99999\r\n", "Host: a:b\r\n", "Host: [::1\r\n"}) {
    Connection client = site.connect();
    client.send("GET / HTTP/1.1\r\n" + std::string(hosts) + "\r\n");
    EXPECT_EQ(client.response().status(), 400) << hosts;
  }
  Connection client = site.connect();
  client.send("GET http://other/ HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.response().status(), 400);
  EXPECT_EQ(site.origin.requests(), 0U);
  for (const char* host : {"a", "b", "a:81", "a.b"}) {
    Connection one = site.connect();
    one.send("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
    EXPECT_EQ(one.response().body, "for " + std::string(host));
  }
}

TEST(Hostile, ManyPipelinedRequestsOfOneDoNotKeepAnotherWaiting) {
  Site site(answer, {.threads = 1});
  site.get("/");
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
  Connection greedy = site.connect();
  std::atomic<bool> stop{false};
  std::thread sending([&] {
    while (!stop.load() && greedy.send(many)) {
    }
  });
  std::thread reading([&] {
    while (!greedy.receive_some().empty()) {
    }
  });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(site.get("/").body, "for test");
  stop.store(true);
  sending.join();
  greedy.shut_down_sending();
  reading.join();
}

TEST(Hostile, WithAnAccessLogARequestIsLoggedAsItWasAlthoughTheNextOnesCame) {
  const std::string log = "/tmp/freshet-proxy-test-" + std::to_string(::getpid()) + ".log";
  const std::string big(2 * 1024 * 1024, 'x');
  {
    Site site(
        [&](Visit& visit) { visit.answer(200, kForAMinute, visit.request.target() == "/another-one" ? "" : big); },
        {.access_log = log});
    site.get("/stored-and-large");
    Connection client = site.connect(4096);
    client.send_get("/stored-and-large");
    Message head;
    ASSERT_TRUE(client.read_head(head));
    // While the large answer waits for its reader, what comes next is read into the same memory.
    for (int i = 0; i < 400; ++i) client.send_get("/another-one", "X: " + std::string(300, 'y') + "\r\n");
    client.read_body(head, "GET", false);
    EXPECT_EQ(head.body, big);
    for (int i = 0; i < 400; ++i) client.response();
  }
  std::ifstream in(log);
  std::size_t stored = 0;
  std::size_t others = 0;
  for (std::string line; std::getline(in, line);) {
    stored += line.find("/stored-and-large") != std::string::npos;
    others += line.find("/another-one") != std::string::npos;
  }
  EXPECT_EQ(stored, 2U);
  EXPECT_EQ(others, 400U);
  std::remove(log.c_str());
}

}  // namespace
}  // namespace freshet::proxy_test
