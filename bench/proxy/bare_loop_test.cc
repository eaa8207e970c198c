// The real executable, over sockets.
#include "peers/server.h"
#include "peers/temporary_place.h"
#include "proxy/answers.h"
#include "proxy/http_get.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {
namespace {

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): a fixture; GoogleTest owns it.
class BareLoop : public ::testing::Test {
 protected:
  // A connection that sends what a test says, byte by byte if it likes.
  int connected() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  static void say(int fd, std::string_view text) {
    ASSERT_EQ(send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }

  static Received next_answer(int fd, std::string& bytes) {
    Received answer;
    char buffer[64 << 10];
    while (!take_answer(bytes, answer)) {
      const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) throw std::runtime_error("the connection has ended");
      bytes.append(buffer, static_cast<std::size_t>(got));
    }
    return answer;
  }

  TemporaryPlace place_;
  int port_ = free_port();
  Server server_{{FRESHET_BARE_LOOP, std::to_string(port_)},
                 [this] { return accepts_at(port_); },
                 place_.folder() + "/log",
                 Server::Manner{}};
};

TEST_F(BareLoop, AnswersWithTheBytesThatThePathAsksFor) {
  for (const std::size_t bytes : {0U, 1U, 1024U, 1U << 20}) {
    const Received answer = http_get(port_, path_of(true, bytes, "page"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, body_of(bytes));
  }
}

TEST_F(BareLoop, SaysWhatACacheMayKeep) {
  EXPECT_NE(http_get(port_, path_of(true, 10, "page")).head.find("Cache-Control: public, max-age="), std::string::npos);
  EXPECT_NE(http_get(port_, path_of(false, 10, "page")).head.find("Cache-Control: no-store"), std::string::npos);
}

TEST_F(BareLoop, DoesNotKnowOtherPaths) {
  for (const char* path : {"/", "/keep", "/keep/", "/keep/x/y", "/keep/99999999999/y", "/keep/-1/y"}) {
    EXPECT_EQ(http_get(port_, path).status, 404) << path;
  }
}

TEST_F(BareLoop, CountsItsRequestsButNotTheQuestionForTheirNumber) {
  http_get(port_, std::vector<std::string>(7, path_of(true, 10, "page")));
  EXPECT_EQ(http_get(port_, "/requests").body, "7");
  EXPECT_EQ(http_get(port_, "/requests").body, "7");
}

TEST_F(BareLoop, ReadsARequestInPieces) {
  const int fd = connected();
  for (const char byte : "GET " + path_of(true, 100, "page") + " HTTP/1.1\r\nHost: a\r\n\r\n") say(fd, {&byte, 1});
  std::string bytes;
  EXPECT_EQ(next_answer(fd, bytes).body, body_of(100));
  close(fd);
}

TEST_F(BareLoop, AnswersPipelinedRequestsInOrderThoughTheSocketTakesNoMore) {
  const int fd = connected();
  constexpr std::size_t kCount = 40;
  // Sixteen megabytes are more than the socket's buffers hold while nobody reads.
  const auto bytes_of = [](std::size_t i) { return (400U << 10) + i; };
  std::string requests;
  for (std::size_t i = 0; i < kCount; ++i) {
    requests += "GET " + path_of(true, bytes_of(i), "page") + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  say(fd, requests);
  std::string bytes;
  for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(next_answer(fd, bytes).body, body_of(bytes_of(i))) << i;
  close(fd);
}

TEST_F(BareLoop, EndsAConnectionWhoseHeadDoesNotEnd) {
  const int fd = connected();
  say(fd, "GET / HTTP/1.1\r\nX: " + std::string(64 << 10, 'x'));
  char byte;
  EXPECT_LE(recv(fd, &byte, 1, 0), 0);
  close(fd);
  EXPECT_EQ(http_get(port_, "/keep/1/x").status, 200);
}

}  // namespace
}  // namespace bench
