// Bodies of requests on their way to the origin: streamed, never whole in memory, and never taken for whole when not.
#include "tests/proxy/fixture.h"
#include "tests/proxy/memory.h"

#include <gtest/gtest.h>

namespace freshet::proxy_test {
namespace {

constexpr std::string_view kPost = "POST / HTTP/1.1\r\nHost: test\r\n";

void echo(Visit& visit) { visit.answer(200, "", visit.request.body); }

TEST(RequestBody, ComesAsItWasSentByLengthAndByChunks) {
  Site site(echo);
  Connection client = site.connect();
  client.send(std::string(kPost) + "Content-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.response().body, "hello");
  EXPECT_EQ(site.origin.seen().back().field("Content-Length"), "5");
  client.send(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n3;odd=1\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n");
  EXPECT_EQ(client.response().body, "hello");
  EXPECT_EQ(site.origin.seen().back().field("X"), "");
  // A GET too; and nothing is served from the cache for it, or stored.
  client.send("GET / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(client.response().body, "hi");
}

TEST(RequestBody, OfNoBytesIsSaidToTheOriginAsSuch) {
  Site site(echo);
  Connection client = site.connect();
  client.send(std::string(kPost) + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(client.response().status(), 200);
  EXPECT_EQ(site.origin.seen().back().field("Content-Length"), "0");
}

TEST(RequestBody, OfAHundredMegabytesPassesInBoundedMemory) {
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
  client.send(std::string(kPost) + "Content-Length: " + std::to_string(kBytes) + "\r\n\r\n");
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

TEST(RequestBody, AnEarlyAnswerReachesTheClientWhoIsStillSending) {
  Site site(
      [](Visit& visit) {
        visit.answer(413, "", "too much");
        visit.keep = false;
      },
      {}, false);
  for (int i = 0; i < 20; ++i) {
    Connection client = site.connect();
    client.send(std::string(kPost) + "Content-Length: 100000000\r\n\r\n");
    const std::string piece(64 * 1024, 'x');
    // Until it is told that nobody listens, or enough is sent to fill every buffer on the way.
    for (int sent = 0; sent < 40 && client.send(piece); ++sent) {
    }
    const Message answer = client.response();
    EXPECT_EQ(answer.status(), 413);
    EXPECT_EQ(answer.body, "too much");
  }
}

TEST(RequestBody, OfAClientThatLeavesIsCutShortForTheOriginToo) {
  for (const bool chunked : {false, true}) {
    for (const bool reset : {false, true}) {
      Gate ended;
      bool whole = true;
      Site site(
          [&](Visit& visit) {
            visit.connection.read_body(visit.request, "POST", true);
            whole = visit.request.whole;
            ended.open();
            visit.keep = false;
          },
          {}, false);
      Connection client = site.connect();
      client.send(std::string(kPost) + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 8\r\n\r\n"));
      site.origin.await_requests(1);
      // The end often comes together with what was sent last.
      client.send(chunked ? "4\r\nhalf\r\n" : "half");
      if (reset) {
        client.reset();
      } else {
        client.close();
      }
      ended.wait();
      EXPECT_FALSE(whole) << (chunked ? "chunked" : "length") << (reset ? " reset" : " closed");
    }
  }
}

TEST(RequestBody, ThatTakesLongerThanAConnectionMayIsNoFailure) {
  ProxyOptions options;
  options.timeouts.connect = std::chrono::milliseconds(50);
  Site site(echo, options);
  Connection client = site.connect();
  client.send(std::string(kPost) + "Content-Length: 4\r\n\r\nab");
  // The only way to know that 50 ms have passed for the proxy: another request runs into that time.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  Connection other = site.connect();
  while (std::chrono::steady_clock::now() < until) other.get("/");
  client.send("cd");
  EXPECT_EQ(client.response().body, "abcd");
}

TEST(RequestBody, ThatStopsComingEndsTheRequestAtBothEnds) {
  ProxyOptions options;
  options.timeouts.request_body = std::chrono::milliseconds(100);
  Gate ended;
  bool whole = true;
  Site site(
      [&](Visit& visit) {
        visit.connection.read_body(visit.request, "POST", true);
        whole = visit.request.whole;
        ended.open();
        visit.keep = false;
      },
      options, false);
  Connection client = site.connect();
  client.send(std::string(kPost) + "Content-Length: 8\r\n\r\nhalf");
  ended.wait();
  EXPECT_FALSE(whole);
  client.receive_rest();  // it ends
}

TEST(RequestBody, IsAskedForBeforeItIsWaitedFor) {
  Site site(echo);
  Connection client = site.connect();
  client.send(std::string(kPost) + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.receive(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  EXPECT_EQ(client.response().body, "hello");
  EXPECT_FALSE(site.origin.seen().back().has("Expect"));
  client.send(std::string(kPost) + "Expect: something-else\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.response().status(), 417);
}

TEST(RequestBody, ThatIsNoBodyEndsTheRequestWithoutASecondAnswer) {
  Site site(
      [](Visit& visit) {
        visit.begin(200, "Transfer-Encoding: chunked\r\n");
        visit.chunk("early");
        visit.connection.receive_rest();
      },
      {}, false);
  Connection client = site.connect();
  client.send(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
  Message head;
  ASSERT_TRUE(client.read_head(head));
  EXPECT_EQ(client.receive(10), "5\r\nearly\r\n");
  client.send("not a size\r\n");
  EXPECT_EQ(client.receive_rest(), "");
}

TEST(RequestBody, ThatIsNoBodyGetsA400AndTheOriginNeverAnEnd) {
  Gate ended;
  bool whole = true;
  Site site(
      [&](Visit& visit) {
        visit.connection.read_body(visit.request, "POST", true);
        whole = visit.request.whole;
        ended.open();
        visit.keep = false;
      },
      {}, false);
  Connection client = site.connect();
  client.send(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
  site.origin.await_requests(1);
  client.send("zz\r\n\r\n");
  EXPECT_EQ(client.response().status(), 400);
  ended.wait();
  EXPECT_FALSE(whole);
}

}  // namespace
}  // namespace freshet::proxy_test
