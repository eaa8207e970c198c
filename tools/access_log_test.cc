#include "access_log.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::tools {
namespace {

using namespace std::chrono;

constexpr std::string_view kCombined =
    R"(203.0.113.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /cart?a=1 HTTP/1.1" 200 2326 "https://e.org/" "Moz \"x\"")";

TEST(AccessLog, ACombinedLineGivesTimeMethodTargetStatusAndBytes) {
  const auto line = parse_log_line(kCombined);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->method, "GET");
  EXPECT_EQ(line->target, "/cart?a=1");
  EXPECT_EQ(line->status, 200U);
  EXPECT_EQ(line->body_bytes, 2326U);
  // 13:55 west of Greenwich by seven hours.
  EXPECT_EQ(line->at, sys_days(2000y / October / 10) + 20h + 55min + 36s);
}

TEST(AccessLog, FormsThatServersWriteAreUnderstood) {
  struct Case {
    std::string_view text;
    std::string_view target;
    std::uint64_t bytes;
  };
  const Case cases[] = {
      // "common": without referer and agent
      {R"(::1 - - [01/Jan/2026:00:00:00 +0530] "HEAD / HTTP/1.0" 304 -)", "/", 0},
      // a virtual host and its port in front
      {R"(shop.example:443 10.0.0.1 - - [29/Feb/2024:23:59:60 +0000] "GET /a HTTP/2.0" 200 7 "-" "-")", "/a", 7},
      // a user's name with blanks and a bracket
      {R"(10.0.0.1 - John [jr] [29/Feb/2024:23:59:59 +0000] "GET /b HTTP/2.0" 200 7 "-" "-")", "/b", 7},
      // a quote inside the target, as Apache writes it, and more fields than the form has
      {R"(10.0.0.1 - - [29/Feb/2024:23:59:59 +0000] "GET /\"q\" HTTP/1.1" 200 9 "-" "-" 0.003 MISS)", R"(/\"q\")", 9},
  };
  for (const Case& c : cases) {
    const auto line = parse_log_line(c.text);
    ASSERT_TRUE(line) << c.text;
    EXPECT_EQ(line->target, c.target);
    EXPECT_EQ(line->body_bytes, c.bytes);
  }
}

TEST(AccessLog, WhatIsNoSuchLineIsNotGuessedAt) {
  for (const std::string_view text : {
           "", "garbage", "[", "a [10/Oct/2000:13:55:36 -0700]",
           R"(a - - [10/Oct/2000:13:55:36 -0700] "-" 400 0 "-" "-")",              // no request was made
           R"(a - - [10/Oct/2000:13:55:36 -0700] "\x16\x03\x01" 400 0 "-" "-")",   // TLS to a plain port
           R"(a - - [10/Oct/2000:13:55:36 -0700] "GET /a" 200 1 "-" "-")",         // HTTP/0.9
           R"(a - - [10/Oct/2000:13:55:36 -0700] "GET /a b HTTP/1.1" 200 1)",      // a blank in the target
           R"(a - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 -5 "-")",   // a negative size
           R"(a - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 1x "-")",   //
           R"(a - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" OK 1 "-")",     //
           R"(a - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1)",               // no end
           R"(a - - [10/Okt/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 1)",        // no month
           R"(a - - [31/Feb/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 1)",        // no day
           R"(a - - [10/Oct/2000:24:55:36 -0700] "GET /a HTTP/1.1" 200 1)",        // no hour
           R"(a - - [10/Oct/2000:13:55:36 0700] "GET /a HTTP/1.1" 200 1)",         // no sign
           R"(a - - [2000-10-10T13:55:36-07:00] "GET /a HTTP/1.1" 200 1 "-" "-")"  // another form of time
       }) {
    EXPECT_FALSE(parse_log_line(text)) << text;
  }
}

TEST(AccessLog, NoPrefixOfALineDoesHarm) {
  for (std::size_t size = 0; size < kCombined.size(); ++size) {
    // On the heap and without a NUL behind it, so that a sanitizer sees a step too far.
    const std::vector<char> bytes(kCombined.begin(), kCombined.begin() + static_cast<std::ptrdiff_t>(size));
    parse_log_line({bytes.data(), bytes.size()});
  }
}

}  // namespace
}  // namespace freshet::tools
