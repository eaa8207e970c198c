// One request to the origin for all who want the same, and never one client's answer for another.
#include "tests/proxy/fixture.h"

#include <gtest/gtest.h>

namespace freshet::proxy_test {
namespace {

const std::string kFirstHalf(3000, 'a');
const std::string kSecondHalf(3000, 'b');
const std::string kWhole = kFirstHalf + kSecondHalf;

// Its second half waits for the gate.
struct HeldAnswer {
  Gate gate;
  std::string fields = std::string(kForAMinute);
  void operator()(Visit& visit) {
    visit.connection.send("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 6000\r\n\r\n" + kFirstHalf);
    gate.wait();
    visit.connection.send(kSecondHalf);
  }
};

// Reads the head and the first half, which come while the origin still holds the second.
Message first_half(Connection& client) {
  Message message;
  if (!client.read_head(message)) throw std::runtime_error("no head");
  message.body = client.receive(kFirstHalf.size());
  return message;
}

std::vector<Connection> crowd(const Site& site, std::size_t count, std::string_view fields = {}) {
  std::vector<Connection> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(site.connect());
    clients.back().send_get("/", fields);
  }
  return clients;
}

TEST(OneFlight, AThousandClientsOfAColdKeyAreOneRequestAndGetItAsItComes) {
  HeldAnswer held;
  Site site([&](Visit& visit) { held(visit); });
  std::vector<Connection> clients = crowd(site, 1000);
  for (Connection& client : clients) EXPECT_EQ(first_half(client).body, kFirstHalf);
  Connection late = site.connect();
  late.send_get("/");
  EXPECT_TRUE(first_half(late).cache_status_has("collapsed"));
  clients.push_back(std::move(late));
  held.gate.open();
  for (Connection& client : clients) EXPECT_EQ(client.receive(kSecondHalf.size()), kSecondHalf);
  EXPECT_EQ(site.origin.requests(), 1U);
  EXPECT_TRUE(site.get("/").cache_status_has("hit"));
  EXPECT_EQ(site.origin.requests(), 1U);
}

TEST(OneFlight, AThousandClientsOfAnExpiredKeyAreOneRequest) {
  Gate gate;
  Site site([&](Visit& visit) {
    if (visit.number == 1) return visit.answer(200, "Cache-Control: max-age=60\r\nAge: 90\r\nETag: \"1\"\r\n", kWhole);
    gate.wait();
    visit.begin(304, "Cache-Control: max-age=60\r\nETag: \"1\"\r\n");
  });
  site.get("/");
  std::vector<Connection> clients = crowd(site, 1000);
  site.origin.await_requests(2);
  gate.open();
  for (Connection& client : clients) {
    const Message message = client.response();
    EXPECT_EQ(message.status(), 200);
    EXPECT_EQ(message.body, kWhole);
  }
  EXPECT_EQ(site.origin.requests(), 2U);
  EXPECT_EQ(site.origin.seen()[1].field("If-None-Match"), "\"1\"");
}

TEST(OneFlight, TheOneWhoseRequestItIsMayLeaveAndTheOthersGetItAll) {
  HeldAnswer held;
  Site site([&](Visit& visit) { held(visit); });
  Connection leader = site.connect();
  leader.send_get("/");
  first_half(leader);
  std::vector<Connection> clients = crowd(site, 20);
  for (Connection& client : clients) first_half(client);
  leader.reset();
  Connection late = site.connect();
  late.send_get("/");
  first_half(late);
  held.gate.open();
  for (Connection& client : clients) EXPECT_EQ(client.receive(kSecondHalf.size()), kSecondHalf);
  EXPECT_EQ(late.receive(kSecondHalf.size()), kSecondHalf);
  EXPECT_EQ(site.origin.requests(), 1U);
}

TEST(OneFlight, WhoIsLeftByAllIsStillStored) {
  HeldAnswer held;
  Site site([&](Visit& visit) { held(visit); });
  Connection only = site.connect();
  only.send_get("/");
  first_half(only);
  only.reset();
  held.gate.open();
  EXPECT_EQ(site.get("/").body, kWhole);
  EXPECT_EQ(site.origin.requests(), 1U);
}

// What each way of breaking off looks like, and how the client can tell.
void expect_cut(bool chunked, bool reset, std::string_view version) {
  Gate gate;
  Site site([&](Visit& visit) {
    if (visit.number > 1) return visit.answer(200, kForAMinute, kWhole);
    visit.begin(200,
                std::string(kForAMinute) + (chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: 6000\r\n"));
    if (chunked) {
      visit.chunk(kFirstHalf);
    } else {
      visit.connection.send(kFirstHalf);
    }
    gate.wait();
    visit.keep = false;
    if (reset) visit.connection.reset();
  });
  std::vector<Connection> clients;
  std::vector<Message> heads;
  for (int i = 0; i < 10; ++i) {
    Connection& client = clients.emplace_back(site.connect());
    client.send("GET / " + std::string(version) + "\r\nHost: test\r\n\r\n");
    Message& head = heads.emplace_back();
    ASSERT_TRUE(client.read_head(head));
    std::string first = client.receive(head.has("Transfer-Encoding") ? 5 : 0);
    first += client.receive(kFirstHalf.size());
    client.unread(first);
  }
  gate.open();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i].read_body(heads[i], "GET", false);
    EXPECT_FALSE(heads[i].whole) << version << (chunked ? " chunked" : " length") << (reset ? " reset" : " end");
  }
  const Message again = site.get("/");
  EXPECT_EQ(again.body, kWhole);
  EXPECT_FALSE(again.cache_status_has("hit"));
  EXPECT_EQ(site.origin.requests(), 2U);
}

TEST(OneFlight, ABodyCutShortLooksCutShortToAllAndIsNotStored) {
  expect_cut(false, false, "HTTP/1.1");
  expect_cut(true, false, "HTTP/1.1");
  expect_cut(false, true, "HTTP/1.1");
  // Without chunks and without a length only a reset tells.
  expect_cut(true, false, "HTTP/1.0");
}

TEST(OneFlight, AnswersForOneClientAreNeverAnothers) {
  for (const std::string fields :
       {"Cache-Control: private\r\n", "Cache-Control: no-store\r\n", "Cache-Control: max-age=60\r\nSet-Cookie: a=b\r\n",
        "Vary: *\r\nCache-Control: max-age=60\r\n"}) {
    Gate gate;
    Site site([&](Visit& visit) {
      if (visit.number == 1) gate.wait();
      visit.answer(200, fields, visit.request.field("Cookie"));
    });
    std::vector<Connection> clients;
    for (int i = 0; i < 60; ++i) {
      clients.push_back(site.connect());
      clients.back().send_get("/", "Cookie: user=" + std::to_string(i) + "\r\n");
    }
    site.origin.await_requests(1);
    gate.open();
    for (std::size_t i = 0; i < clients.size(); ++i) {
      EXPECT_EQ(clients[i].response().body, "user=" + std::to_string(i)) << fields;
    }
    EXPECT_EQ(site.origin.requests(), 60U) << fields;
  }
}

TEST(OneFlight, WhoWantsAnotherVariantGetsHisOwn) {
  Gate gate;
  Site site([&](Visit& visit) {
    const std::string language = visit.request.field("Accept-Language");
    visit.begin(200, std::string(kForAMinute) + "Vary: Accept-Language\r\nContent-Length: 2\r\n");
    if (visit.number == 1) gate.wait();
    visit.connection.send(language);
  });
  std::vector<Connection> germans = crowd(site, 20, "Accept-Language: de\r\n");
  site.origin.await_requests(1);
  std::vector<Connection> english = crowd(site, 20, "Accept-Language: en\r\n");
  const std::string first = site.origin.seen().front().field("Accept-Language");
  // Those of the other language have theirs while the first is still held.
  for (Connection& client : first == "de" ? english : germans) EXPECT_NE(client.response().body, first);
  gate.open();
  for (Connection& client : first == "de" ? germans : english) EXPECT_EQ(client.response().body, first);
  EXPECT_TRUE(site.get("/", "Accept-Language: de\r\n").cache_status_has("hit"));
  EXPECT_EQ(site.get("/", "Accept-Language: de\r\n").body, "de");
  EXPECT_EQ(site.get("/", "Accept-Language: en\r\n").body, "en");
}

TEST(OneFlight, AnErrorThatOneRequestProvokedIsNobodyElses) {
  Gate gate;
  Site site([&](Visit& visit) {
    if (visit.number == 1) gate.wait();
    if (visit.request.has("X-Odd")) return visit.answer(400, "", "odd");
    visit.answer(200, kForAMinute, "good");
  });
  Connection odd = site.connect();
  odd.send_get("/", "X-Odd: yes\r\n");
  site.origin.await_requests(1);
  std::vector<Connection> others = crowd(site, 20);
  gate.open();
  EXPECT_EQ(odd.response().status(), 400);
  for (Connection& client : others) EXPECT_EQ(client.response().body, "good");
  // Nor does it keep the page out of the cache.
  EXPECT_TRUE(site.get("/").cache_status_has("hit"));
}

TEST(OneFlight, AStrangersRequestDoesNotKeepAPageOutOfTheCache) {
  Site site([&](Visit& visit) {
    if (visit.request.has("Cookie")) return visit.answer(200, "Cache-Control: private\r\n", "private");
    visit.answer(200, kForAMinute, "public");
  });
  for (const char* fields : {"Authorization: Basic eDp5\r\n", "Cookie: user=1\r\n", "Cache-Control: no-store\r\n"}) {
    const std::string target = "/" + std::to_string(std::string_view(fields).size());
    site.get(target, fields);
    EXPECT_EQ(site.get(target).body, "public");
    EXPECT_TRUE(site.get(target).cache_status_has("hit")) << fields;
  }
}

TEST(OneFlight, AnOriginThatHangsHoldsOnlyTheFirstAndAnotherAsksAnew) {
  Gate gate;
  ProxyOptions options;
  options.timeouts.collapse = std::chrono::milliseconds(300);
  Site site(
      [&](Visit& visit) {
        if (visit.number == 1) gate.wait();
        visit.answer(200, kForAMinute, "number " + std::to_string(visit.number));
      },
      options);
  Connection leader = site.connect();
  leader.send_get("/");
  site.origin.await_requests(1);
  std::vector<Connection> others = crowd(site, 50);
  for (Connection& client : others) EXPECT_EQ(client.response().body, "number 2");
  EXPECT_EQ(site.origin.requests(), 2U);
  gate.open();
  EXPECT_EQ(leader.response().body, "number 1");
  // The late answer does not take the newer one's place.
  EXPECT_EQ(site.get("/").body, "number 2");
}

}  // namespace
}  // namespace freshet::proxy_test
