#include "proxy/http_get.h"

#include <gtest/gtest.h>
#include <stdexcept>

namespace bench {
namespace {

TEST(TakeAnswer, TakesOneAndLeavesTheNext) {
  std::string bytes = "HTTP/1.1 200 OK\r\nX: Content-Length: 9\r\ncontent-length: 5\r\n\r\nhelloHTTP/1.1 404 No\r\n";
  Received answer;
  ASSERT_TRUE(take_answer(bytes, answer));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(bytes, "HTTP/1.1 404 No\r\n");
}

TEST(TakeAnswer, WaitsForAllOfIt) {
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  Received answer;
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    std::string part = whole.substr(0, bytes);
    EXPECT_FALSE(take_answer(part, answer)) << part;
  }
}

TEST(TakeAnswer, RefusesWhatItCannotMeasure) {
  Received answer;
  for (std::string bytes : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "SSH-2.0\r\n\r\n",
                            "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"}) {
    EXPECT_THROW(take_answer(bytes, answer), std::runtime_error) << bytes;
  }
}

TEST(FreePort, NobodyListensThere) { EXPECT_THROW(http_get(free_port(), "/"), std::runtime_error); }

}  // namespace
}  // namespace bench
