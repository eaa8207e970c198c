#include "http1/write.h"

#include "http1/request_head.h"
#include "http1/response_head.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::http1 {
namespace {

TEST(Write, AHeadThatIsWrittenIsReadAgain) {
  std::string request;
  EXPECT_TRUE(append_request_line(request, "POST", "/a?b=\xc3\xbc"));
  EXPECT_TRUE(append_field(request, "Host", "example.org"));
  EXPECT_TRUE(append_field(request, "X-Empty", ""));
  EXPECT_TRUE(append_field(request, "Content-Length", UINT64_C(9223372036854775807)));
  append_head_end(request);
  EXPECT_EQ(request,
            "POST /a?b=\xc3\xbc HTTP/1.1\r\nHost: example.org\r\nX-Empty: \r\n"
            "Content-Length: 9223372036854775807\r\n\r\n");
  RequestHead head;
  ASSERT_EQ(parse_request(request, {}, head), Parsed::complete);
  EXPECT_EQ(head.body, (Body{Framing::length, 9223372036854775807U}));

  std::string response;
  EXPECT_TRUE(append_status_line(response, 404));
  EXPECT_TRUE(append_field(response, "Transfer-Encoding", "chunked"));
  append_head_end(response);
  EXPECT_EQ(response, "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n");
  ResponseHead answer;
  ASSERT_EQ(parse_response(response, "GET", {}, answer), Parsed::complete);
  EXPECT_EQ(answer.body.framing, Framing::chunked);
}

TEST(Write, NothingThatIsWrittenCanBeginAnotherLineWhereverItStands) {
  const std::string good(40, 'a');
  for (const char bad : {'\r', '\n', '\0', '\x01', '\x0b', '\x1f', '\x7f'}) {
    // Within the sixteen bytes that are looked at together, at their borders, and in the rest behind them.
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string text = good;
      text[at] = bad;
      std::string out = "before";
      EXPECT_FALSE(append_field(out, "X", text));
      EXPECT_FALSE(append_field(out, text, "x"));
      EXPECT_FALSE(append_field(out, text, std::uint64_t{1}));
      EXPECT_FALSE(append_request_line(out, text, "/"));
      EXPECT_FALSE(append_request_line(out, "GET", text));
      EXPECT_FALSE(append_status_line(out, 200, text));
      EXPECT_EQ(out, "before") << static_cast<int>(bad) << " at " << at;
    }
  }
}

TEST(Write, NamesTargetsAndValuesAreWhatTheyShouldBe) {
  std::string out;
  EXPECT_FALSE(append_field(out, "", "x"));
  EXPECT_FALSE(append_field(out, "X:", "x"));
  EXPECT_FALSE(append_field(out, "X ", "x"));
  EXPECT_FALSE(append_field(out, "X", " x"));
  EXPECT_FALSE(append_field(out, "X", "x\t"));
  EXPECT_FALSE(append_request_line(out, "", "/"));
  EXPECT_FALSE(append_request_line(out, "GET", ""));
  EXPECT_FALSE(append_request_line(out, "GET", "/a b"));
  EXPECT_FALSE(append_request_line(out, "GET", "/a#b"));
  EXPECT_FALSE(append_status_line(out, 99));
  EXPECT_FALSE(append_status_line(out, 600));
  EXPECT_EQ(out, "");
  EXPECT_TRUE(append_field(out, "!#$%&'*+-.^_`|~09azAZ", "a \t\xff b"));
}

TEST(Write, StatusLinesHaveTheirUsualPhraseOrTheOneGiven) {
  const auto line = [](std::uint16_t status) {
    std::string out;
    EXPECT_TRUE(append_status_line(out, status));
    return out;
  };
  EXPECT_EQ(line(200), "HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(line(511), "HTTP/1.1 511 Network Authentication Required\r\n");
  // The space stays (RFC 9112 section 4).
  EXPECT_EQ(line(299), "HTTP/1.1 299 \r\n");
  EXPECT_EQ(reason_phrase(100), "Continue");
  EXPECT_EQ(reason_phrase(304), "Not Modified");
  EXPECT_EQ(reason_phrase(599), "");
  std::string out;
  EXPECT_TRUE(append_status_line(out, 200, "Sure"));
  EXPECT_EQ(out, "HTTP/1.1 200 Sure\r\n");
  for (std::uint16_t status = 100; status <= 599; ++status) {
    std::string anew;
    EXPECT_TRUE(append_status_line(anew, status, reason_phrase(status)));
    EXPECT_EQ(line(status), anew);
  }
}

TEST(Write, NumbersAreDecimal) {
  std::string out;
  for (const std::uint64_t value : {UINT64_C(0), UINT64_C(9), UINT64_C(10), UINT64_MAX}) {
    append_uint(out, value);
    out += ' ';
  }
  EXPECT_EQ(out, "0 9 10 18446744073709551615 ");
}

TEST(Write, TheDateLineIsThatOfItsSecond) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  DateLine line;
  const Instant at{seconds(784111777)};
  EXPECT_EQ(line.at(at), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(line.at(at + milliseconds(999)), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(line.at(at + seconds(1)), "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
  // A clock that was set back.
  EXPECT_EQ(line.at(at), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(DateLine().at(Instant{}), "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
}

}  // namespace
}  // namespace freshet::http1
