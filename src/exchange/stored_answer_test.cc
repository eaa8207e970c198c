#include "exchange/stored_answer.h"

#include "http/sample_messages.h"

namespace freshet::exchange {
namespace {

using http::kNow;
using http::Lines;

constexpr std::string_view kBody = "0123456789";

struct Answered {
  std::uint16_t status = 0;
  std::string fields;
  std::string body;
  std::uint64_t body_bytes = 0;
};

Answered answer(const std::string& request, std::string_view method = "GET", const std::string& more = "") {
  const http::Rules rules = http::Rules::safe();
  const http::StoredSample sample("Cache-Control: max-age=60\nETag: \"a\"\nContent-Type: text/plain" + more, 200,
                                  rules);
  const Lines lines(request);
  StoredAnswer made;
  http::CacheStatus status;
  status.ttl = http::Seconds{55};
  make_answer(made, sample.head(), kBody,
              {http::with_method(method, lines), rules, kNow, http::Seconds{5}, "freshet", status});
  Answered out{made.status, made.fields, "", made.body_bytes};
  for (const std::string_view piece : made.body) out.body += piece;
  return out;
}

bool has_line(const Answered& answer, const std::string& line) {
  return ("\r\n" + answer.fields).find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(StoredAnswer, IsTheStoredResponseWithAgeStatusAndLength) {
  const Answered whole = answer("");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, kBody);
  for (const char* line :
       {"ETag: \"a\"", "Age: 5", "Content-Length: 10", "Cache-Status: freshet; hit; ttl=55; detail=hit"}) {
    EXPECT_TRUE(has_line(whole, line)) << line << " is not in\n" << whole.fields;
  }
}

TEST(StoredAnswer, ToHeadHasTheLengthAndNoBody) {
  const Answered head = answer("", "HEAD");
  EXPECT_TRUE(has_line(head, "Content-Length: 10"));
  EXPECT_EQ(head.body, "");
}

TEST(StoredAnswer, ToWhoHasItIsShort) {
  const Answered none = answer("If-None-Match: \"a\"");
  EXPECT_EQ(none.status, 304);
  EXPECT_EQ(none.body, "");
  EXPECT_TRUE(has_line(none, "ETag: \"a\""));
  EXPECT_EQ(none.fields.find("Content-Length"), std::string::npos);
  EXPECT_EQ(none.fields.find("Content-Type"), std::string::npos);
}

TEST(StoredAnswer, HasTheRangeAskedFor) {
  const Answered one = answer("Range: bytes=2-4");
  EXPECT_EQ(one.status, 206);
  EXPECT_EQ(one.body, "234");
  EXPECT_TRUE(has_line(one, "Content-Range: bytes 2-4/10"));
  EXPECT_TRUE(has_line(one, "Content-Length: 3"));
  const Answered beyond = answer("Range: bytes=10-");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_TRUE(has_line(beyond, "Content-Range: bytes */10"));
  EXPECT_TRUE(has_line(beyond, "Content-Length: 0"));
}

TEST(StoredAnswer, OfSeveralRangesIsMultipartWithTheLengthOfAll) {
  const Answered several = answer("Range: bytes=0-0,4-5");
  EXPECT_EQ(several.status, 206);
  EXPECT_EQ(several.body.size(), several.body_bytes);
  EXPECT_TRUE(has_line(several, "Content-Length: " + std::to_string(several.body_bytes)));
  const std::string type = "Content-Type: multipart/byteranges; boundary=";
  const std::size_t at = several.fields.find(type);
  ASSERT_NE(at, std::string::npos) << several.fields;
  const std::string boundary =
      several.fields.substr(at + type.size(), several.fields.find('\r', at) - at - type.size());
  const auto part = [&](const std::string& range, const std::string& bytes) {
    return "\r\n--" + boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes " + range + "/10\r\n\r\n" +
           bytes;
  };
  EXPECT_EQ(several.body, part("0-0", "0") + part("4-5", "45") + "\r\n--" + boundary + "--\r\n");
  EXPECT_EQ(several.fields.find("Content-Type: text/plain"), std::string::npos);
}

}  // namespace
}  // namespace freshet::exchange
