#include "http/key.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

std::string key(const Uri& uri, const Rules& rules = {}) {
  std::string out;
  return append_key(out, uri, rules) ? out : "none";
}

TEST(Key, NamesTheTargetByteByByteAndTheOriginNormalised) {
  struct Row {
    Uri uri;
    const char* key;
  };
  const Row rows[] = {
      {{"http", "example.org", "/"}, "http://example.org/"},
      {{"HTTP", "Example.ORG:80", "/A"}, "http://example.org/A"},
      {{"https", "example.org:443", "/"}, "https://example.org/"},
      {{"https", "example.org:80", "/"}, "https://example.org:80/"},
      // What origins may tell apart stays apart: cache deception and cloaked parameters begin here.
      {{"http", "a", "/x/../y"}, "http://a/x/../y"},
      {{"http", "a", "//y"}, "http://a//y"},
      {{"http", "a", "/%41"}, "http://a/%41"},
      {{"http", "a", "/a%2fb"}, "http://a/a%2fb"},
      {{"http", "a", "/account;x.css"}, "http://a/account;x.css"},
      {{"http", "a", "/?b=1&a=2;c=3"}, "http://a/?b=1&a=2;c=3"},
      {{"http", "a", "/?"}, "http://a/?"},
      // No key.
      {{"http", "", "/"}, "none"},
      {{"http", "user@a", "/"}, "none"},
      {{"http", "a", ""}, "none"},
      {{"http", "a", "*"}, "none"},
      {{"http", "a", "http://b/"}, "none"},
      {{"http", "a", "/x y"}, "none"},
      {{"http", "a", "/x#y"}, "none"},
      {{"http", "a", "/x\n"}, "none"},
      {{"ht tp", "a", "/"}, "none"},
  };
  for (const Row& row : rows) EXPECT_EQ(key(row.uri), row.key) << row.uri.target;
}

TEST(Key, SortsTheQueryOnlyWhenAskedTo) {
  Rules rules;
  rules.sort_query = true;
  EXPECT_EQ(key({"http", "a", "/?b=1&a=2"}, rules), key({"http", "a", "/?a=2&b=1"}, rules));
  EXPECT_EQ(key({"http", "a", "/?b=2&a&b=1"}, rules), "http://a/?a&b=2&b=1") << "one name keeps its order";
  EXPECT_NE(key({"http", "a", "/?a=1"}, rules), key({"http", "a", "/?a=2"}, rules));
  EXPECT_EQ(key({"http", "a", "/?"}, rules), "http://a/?");
  EXPECT_EQ(key({"http", "a", "/"}, rules), "http://a/");
}

TEST(Key, IsAppendedOrNothingIs) {
  std::string out = "before ";
  EXPECT_FALSE(append_key(out, Uri{"http", "a", "x"}, {}));
  EXPECT_EQ(out, "before ");
  EXPECT_TRUE(append_key(out, get(), {}));
  EXPECT_EQ(out, "before http://example.org/page");
}

}  // namespace
}  // namespace freshet::http
