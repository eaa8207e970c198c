#include "http/invalidation.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

std::string keys(std::string_view method, std::uint16_t status, const std::string& lines) {
  const Lines fields(lines);
  std::string out;
  for (const std::string& key : invalidated_keys(with_method(method), {status, fields}, Rules::safe())) {
    out += key.substr(std::string_view("http://").size()) + " ";
  }
  return out;
}

TEST(Invalidation, FollowsUnsafeMethodsThatSucceed) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "PURGE", "get", "X"}) {
    EXPECT_EQ(keys(method, 200, ""), "example.org/page ") << method;
    EXPECT_EQ(keys(method, 303, ""), "example.org/page ") << method;
    for (const int status : {100, 400, 404, 500, 503}) {
      EXPECT_EQ(keys(method, static_cast<std::uint16_t>(status), ""), "") << method << status;
    }
  }
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) {
    EXPECT_EQ(keys(method, 200, "Location: /x\nContent-Location: /y"), "") << method;
  }
}

TEST(Invalidation, ReachesWhatLocationAndContentLocationNameInTheSameOrigin) {
  struct Row {
    const char* lines;
    const char* keys;
  };
  const Row rows[] = {
      {"Location: /new", "example.org/page example.org/new "},
      {"Location: new?x=1\nContent-Location: http://EXAMPLE.org:80/z",
       "example.org/page example.org/new?x=1 "
       "example.org/z "},
      {"Location: /page", "example.org/page "},
      {"Location: ", "example.org/page "},
      {"Location: /a/../b#c", "example.org/page example.org/b "},
      // "MUST NOT trigger an invalidation" of another origin.
      {"Location: http://elsewhere.org/new", "example.org/page "},
      {"Location: https://example.org/new", "example.org/page "},
      {"Location: http://example.org:8080/new", "example.org/page "},
      {"Location: //elsewhere.org/new", "example.org/page "},
      {"Content-Location: http://user@example.org/", "example.org/page "},
      {"Location: mailto:a@b", "example.org/page "},
      {"Location: /a b", "example.org/page "},
      {"Location: /a\nLocation: /b", "example.org/page example.org/a "},
  };
  for (const Row& row : rows) EXPECT_EQ(keys("POST", 201, row.lines), row.keys) << row.lines;
}

}  // namespace
}  // namespace freshet::http
