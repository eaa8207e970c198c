// Bodies that do not fit, clients that do not read, and answers that never end.
#include "tests/proxy/fixture.h"
#include "tests/proxy/program.h"

#include <atomic>
#include <gtest/gtest.h>

namespace freshet::proxy_test {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

TEST(Large, TwoGigabytesPassInBoundedMemory) {
  constexpr std::uint64_t kBytes = 2048 * kMiB;
  Origin origin([](Visit& visit) {
    visit.begin(200, "Cache-Control: max-age=60\r\nContent-Length: " + std::to_string(kBytes) + "\r\n");
    const std::string piece(kMiB, 'x');
    for (std::uint64_t sent = 0; sent < kBytes; sent += piece.size()) {
      if (!visit.connection.send(piece)) return;
    }
  });
  ProxyProgram proxy(origin.url(), {"--store", "memory:?size=8MiB", "--threads", "1"});
  EXPECT_EQ(get(proxy.port(), "/small", "Cache-Control: only-if-cached\r\n").status(), 504);
  const std::size_t before = proxy.program().memory("VmRSS");
  Connection client = Connection::to(proxy.port());
  client.send_get("/");
  Message head;
  ASSERT_TRUE(client.read_head(head));
  std::uint64_t received = 0;
  while (received < kBytes) {
    const std::size_t got = client.receive_some().size();
    ASSERT_GT(got, 0U);
    received += got;
  }
  EXPECT_EQ(received, kBytes);
  EXPECT_LT(proxy.program().memory("VmHWM"), before + 24 * kMiB);
}

TEST(Large, AThousandIdleConnectionsAreInNobodysWay) {
  Origin origin([](Visit& visit) { visit.answer(200, kForAMinute, "small"); });
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

TEST(Large, ARequestBodyOfAHundredMegabytesPassesInBoundedMemory) {
  constexpr std::size_t kBytes = 100 * 1024 * 1024;
  Gate first_read;
  std::size_t received = 0;
  Site site(
      [&](Visit& visit) {
        std::size_t pause_at = 10;
        while (received < kBytes) {
          received += visit.connection.receive_some().size();
          if (received > pause_at) first_read.open();
        }
        visit.answer(200, "", std::to_string(received));
      },
      {}, false);
  Connection client = site.connect();
  client.send(std::string("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: ") + std::to_string(kBytes) + "\r\n\r\n");
  const std::size_t before = resident_bytes();
  const std::string piece(1024 * 1024, 'x');
  std::size_t most = 0;
  for (std::size_t sent = 0; sent < kBytes; sent += piece.size()) {
    ASSERT_TRUE(client.send(piece));
    most = std::max(most, resident_bytes());
  }
  EXPECT_EQ(client.response().body, std::to_string(kBytes));
  EXPECT_LT(most, before + 24 * 1024 * 1024);
}

// Sends until nobody takes more, for as long as the test lets it; says how much it got rid of.
struct Fountain {
  std::atomic<std::uint64_t> sent{0};
  void operator()(Visit& visit, std::uint64_t most) {
    const std::string piece(64 * 1024, 'x');
    while (sent.load() < most && visit.connection.send(piece)) sent += piece.size();
  }
};

TEST(Large, AClientThatReadsSlowlyHoldsTheOriginBack) {
  constexpr std::uint64_t kBytes = 128 * kMiB;
  Fountain fountain;
  Site site([&](Visit& visit) {
    visit.begin(200, "Cache-Control: no-store\r\nContent-Length: " + std::to_string(kBytes) + "\r\n");
    fountain(visit, kBytes);
  });
  Connection client = site.connect(64 * 1024);
  client.send_get("/");
  Message head;
  ASSERT_TRUE(client.read_head(head));
  std::uint64_t received = 0;
  std::uint64_t most_ahead = 0;
  while (received < kBytes) {
    const std::size_t got = client.receive_some(16 * 1024).size();
    ASSERT_GT(got, 0U);
    received += got;
    most_ahead = std::max(most_ahead, fountain.sent.load() - std::min(fountain.sent.load(), received));
  }
  // The proxy's megabyte and the kernel's buffers of two connections.
  EXPECT_LT(most_ahead, 32 * kMiB);
}

TEST(Large, AClientThatNeverReadsIsLeftAndTheOriginWithIt) {
  ProxyOptions options;
  options.timeouts.client_write = std::chrono::milliseconds(200);
  Gate gone;
  Site site(
      [&](Visit& visit) {
        visit.begin(200, "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n");
        const std::string piece(64 * 1024, 'x');
        while (visit.connection.send("10000\r\n" + piece + "\r\n")) {
        }
        gone.open();
        visit.keep = false;
      },
      options);
  Connection client = site.connect(4096);
  client.send_get("/");
  gone.wait();
}

TEST(Large, ABodyOfSeveralBlocksIsStoredAndGivenAgainWhole) {
  const std::string body(4 * kMiB, 'x');
  Origin origin([&](Visit& visit) { visit.answer(200, "Cache-Control: max-age=600\r\n", body); });
  ProxyProgram proxy(origin.url(), {"--store", "memory:?size=64MiB", "--threads", "1"});
  EXPECT_EQ(get(proxy.port(), "/").body, body);
  EXPECT_EQ(get(proxy.port(), "/").body, body);
  EXPECT_EQ(origin.requests(), 1U);
}

TEST(Large, EventsReachTheClientOneByOneAsTheyCome) {
  std::vector<Gate> gates(20);
  Site site([&](Visit& visit) {
    visit.begin(200, "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n");
    for (std::size_t i = 0; i < gates.size(); ++i) {
      visit.chunk("data: " + std::to_string(i) + "\n\n");
      gates[i].wait();
    }
    visit.last_chunk();
  });
  Connection client = site.connect();
  client.send_get("/events");
  Message head;
  ASSERT_TRUE(client.read_head(head));
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const std::string event = "data: " + std::to_string(i) + "\n\n";
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", event.size());
    // The next one does not come before this one has arrived.
    EXPECT_EQ(client.receive(event.size() + std::string(size).size() + 2), size + event + "\r\n");
    gates[i].open();
  }
  EXPECT_EQ(client.receive(5), "0\r\n\r\n");
}

TEST(Large, AnEndlessAnswerIsLetGoOfWhenItsClientLeaves) {
  for (const bool before_the_head : {false, true}) {
    Gate gone;
    Gate left;
    Site site([&](Visit& visit) {
      if (before_the_head) left.wait();
      visit.begin(200, "Content-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n");
      visit.chunk("first");
      const std::string piece(10000, 'x');
      while (visit.connection.send("2710\r\n" + piece + "\r\n")) {
      }
      gone.open();
      visit.keep = false;
    });
    Connection client = site.connect();
    client.send_get("/");
    site.origin.await_requests(1);
    Message head;
    if (!before_the_head) {
      ASSERT_TRUE(client.read_head(head));
    }
    client.reset();
    left.open();
    gone.wait();
  }
}

TEST(Large, ABodyInManySmallPiecesTakesNoMoreMemoryThanItsBytes) {
  Gate gate;
  Origin origin([&](Visit& visit) {
    visit.begin(200, "Cache-Control: max-age=60\r\nContent-Length: 6000000\r\n");
    for (int i = 0; i < 6000; ++i) visit.connection.send(std::string(1000, 'x'));
    gate.wait();
  });
  ProxyProgram proxy(origin.url(), {"--store", "memory:?size=32MiB", "--threads", "1"});
  EXPECT_EQ(get(proxy.port(), "/small", "Cache-Control: only-if-cached\r\n").status(), 504);
  const std::size_t before = proxy.program().memory("VmRSS");
  Connection client = Connection::to(proxy.port());
  client.send_get("/");
  Message message;
  ASSERT_TRUE(client.read_head(message));
  EXPECT_EQ(client.receive(6000000).size(), 6000000U);
  EXPECT_LT(proxy.program().memory("VmHWM"), before + 24 * kMiB);
  gate.open();
}

}  // namespace
}  // namespace freshet::proxy_test
