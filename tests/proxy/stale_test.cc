// Stale answers: while one request asks for the new one, and while the origin is dead.
#include "tests/proxy/fixture.h"
#include "tests/proxy/program.h"

#include <atomic>
#include <gtest/gtest.h>

namespace freshet::proxy_test {
namespace {

// Asks until it holds: each try is a request, so there is no waiting for nothing.
bool comes_true(const std::function<bool()>& event) {
  const auto until = std::chrono::steady_clock::now() + kLimit;
  while (!event()) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

TEST(Stale, IsServedToAllWhileOneRequestInTheBackgroundAsksForTheNewOne) {
  Gate gate;
  Site site([&](Visit& visit) {
    if (visit.number == 1) {
      return visit.answer(200, "Cache-Control: max-age=10, stale-while-revalidate=600\r\nAge: 20\r\n", "old");
    }
    gate.wait();
    visit.answer(200, kForAMinute, "new");
  });
  site.get("/");
  std::vector<std::thread> crowd;
  for (int i = 0; i < 8; ++i) {
    crowd.emplace_back([&] {
      Connection client = site.connect();
      for (int k = 0; k < 50; ++k) EXPECT_EQ(client.get("/").body, "old");
    });
  }
  for (std::thread& one : crowd) one.join();
  site.origin.await_requests(2);
  gate.open();
  EXPECT_TRUE(comes_true([&] { return site.get("/").body == "new"; }));
  EXPECT_EQ(site.origin.requests(), 2U);
}

TEST(Stale, ABackgroundRequestThatFindsAnEndlessAnswerForNobodyLetsGoOfIt) {
  Gate gone;
  Site site([&](Visit& visit) {
    if (visit.number == 1) {
      return visit.answer(200, "Cache-Control: max-age=10, stale-while-revalidate=600\r\nAge: 20\r\n", "old");
    }
    visit.begin(200, "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n");
    const std::string piece(10000, 'x');
    while (visit.connection.send("2710\r\n" + piece + "\r\n")) {
    }
    gone.open();
    visit.keep = false;
  });
  site.get("/");
  EXPECT_EQ(site.get("/").body, "old");
  gone.wait();
}

class KilledOrigin : public ::testing::Test {
 protected:
  void start(const std::string& control, const std::string& age) {
    origin_ = std::make_unique<Program>(
        std::vector<std::string>{FRESHET_TEST_ORIGIN, std::to_string(origin_port_), control, age});
    origin_port_ = static_cast<std::uint16_t>(std::stoul(origin_->line()));
    if (proxy_) return;
    ProxyOptions options;
    options.origin = "http://127.0.0.1:" + std::to_string(origin_port_);
    options.listen = "127.0.0.1:0";
    options.threads = 2;
    proxy_ = std::make_unique<Proxy>(options);
    proxy_->start();
  }
  void kill() {
    origin_->kill();
    EXPECT_EQ(origin_->wait(), -SIGKILL);
  }
  Message get() const { return proxy_test::get(proxy_->port(), "/"); }

  std::uint16_t origin_port_ = 0;
  std::unique_ptr<Program> origin_;
  std::unique_ptr<Proxy> proxy_;
};

TEST_F(KilledOrigin, UnderLoadIsNoErrorForAnybodyAndComesBack) {
  start("max-age=10, stale-if-error=600", "20");
  const std::string old = get().body;
  std::atomic<bool> stop{false};
  std::atomic<int> stale{0};
  std::atomic<int> errors{0};
  std::vector<std::thread> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back([&] {
      Connection client = Connection::to(proxy_->port());
      while (!stop.load()) {
        const Message message = client.get("/");
        if (message.status() != 200) ++errors;
        if (message.cache_status_has("detail=stale_on_error")) ++stale;
      }
    });
  }
  kill();
  EXPECT_TRUE(comes_true([&] { return get().status() == 200 && stale.load() > 200; }));
  start("max-age=600", "0");
  EXPECT_TRUE(comes_true([&] { return get().body != old; }));
  stop.store(true);
  for (std::thread& one : crowd) one.join();
  EXPECT_EQ(errors.load(), 0);
  EXPECT_TRUE(get().cache_status_has("hit"));
}

TEST_F(KilledOrigin, BehindWhatMustBeRevalidatedIsA504) {
  start("max-age=10, must-revalidate", "20");
  EXPECT_EQ(get().status(), 200);
  kill();
  EXPECT_EQ(get().status(), 504);
}

TEST(Stale, IsServedToWhoWaitedInVainAlthoughTheOriginHangs) {
  Gate gate;
  ProxyOptions options;
  options.timeouts.response_head = std::chrono::milliseconds(300);
  Site site(
      [&](Visit& visit) {
        if (visit.number == 1) {
          return visit.answer(200, "Cache-Control: max-age=10, stale-if-error=600\r\nAge: 20\r\n", "old");
        }
        gate.wait();
        visit.keep = false;
      },
      options);
  site.get("/");
  std::vector<Connection> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(site.connect());
    clients.back().send_get("/");
  }
  for (Connection& client : clients) EXPECT_EQ(client.response().body, "old");
  // Not each for himself: who waited in vain with others does not wait again alone.
  EXPECT_LT(site.origin.requests(), 10U);
  gate.open();
}

}  // namespace
}  // namespace freshet::proxy_test
