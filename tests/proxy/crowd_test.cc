// Ten thousand clients at once: one request to the origin, and an answer for each of them.
#include "tests/proxy/fixture.h"
#include "tests/proxy/program.h"

#include <gtest/gtest.h>

namespace freshet::proxy_test {
namespace {

constexpr std::size_t kClients = 10'000;

std::vector<Connection> crowd(std::uint16_t port) {
  std::vector<Connection> clients;
  clients.reserve(kClients);
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(Connection::to(port));
    clients.back().send_get("/");
  }
  return clients;
}

TEST(Crowd, OfTenThousandClientsOfAColdKeyIsOneRequest) {
  Gate gate;
  Origin origin([&](Visit& visit) {
    visit.begin(200, "Cache-Control: max-age=600\r\nContent-Length: 8\r\n");
    visit.connection.send("body");
    gate.wait();
    visit.connection.send(" end");
  });
  ProxyProgram proxy(origin.url(), {"--store", "memory:?size=32MiB"});
  std::vector<Connection> clients = crowd(proxy.port());
  // All are in it before it is whole: each has its first half.
  for (Connection& client : clients) {
    Message head;
    ASSERT_TRUE(client.read_head(head));
    ASSERT_EQ(client.receive(4), "body");
  }
  gate.open();
  for (Connection& client : clients) ASSERT_EQ(client.receive(4), " end");
  EXPECT_EQ(origin.requests(), 1U);
}

TEST(Crowd, OfTenThousandClientsOfAnExpiredKeyIsOneRequest) {
  Gate gate;
  Origin origin([&](Visit& visit) {
    if (visit.number == 1) return visit.answer(200, "Cache-Control: max-age=60\r\nAge: 90\r\nETag: \"1\"\r\n", "old");
    gate.wait();
    visit.answer(200, "Cache-Control: max-age=600\r\n", "new");
  });
  ProxyProgram proxy(origin.url(), {"--store", "memory:?size=32MiB"});
  EXPECT_EQ(get(proxy.port(), "/").body, "old");
  std::vector<Connection> clients = crowd(proxy.port());
  origin.await_requests(2);
  gate.open();
  for (Connection& client : clients) ASSERT_EQ(client.response().body, "new");
  EXPECT_EQ(origin.requests(), 2U);
}

}  // namespace
}  // namespace freshet::proxy_test
