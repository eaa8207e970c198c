#include "http/uri.h"

#include <gtest/gtest.h>

namespace freshet::http {
namespace {

std::string resolved(std::string_view reference, std::string_view target = "/b/c/d;p?q") {
  std::string storage;
  const auto uri = resolve({"http", "a", target}, reference, storage);
  return uri ? std::string(uri->scheme) + "://" + std::string(uri->authority) + std::string(uri->target) : "none";
}

TEST(Resolve, FollowsTheExamplesOfRfc3986) {
  struct Row {
    const char* reference;
    const char* uri;
  };
  const Row rows[] = {
      // Section 5.4.1.
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {";x", "http://a/b/c/;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      // Section 5.4.2: beyond the top is the top.
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      // Absolute ones.
      {"https://b.example:8/x/../y?z#f", "https://b.example:8/y?z"},
      {"HTTP://b", "HTTP://b/"},
      {"http://b?x", "http://b/?x"},
      {"//b/x", "http://b/x"},
      // None.
      {"http:g", "none"},
      {"mailto:a@b", "none"},
      {"javascript:alert(1)", "none"},
      {"http://user@b/", "none"},
      {"//", "none"},
      {"http://b:80x/", "none"},
      {"/a b", "none"},
      {"/a\r\nSet-Cookie: x", "none"},
  };
  for (const Row& row : rows) EXPECT_EQ(resolved(row.reference), row.uri) << row.reference;
  EXPECT_EQ(resolved("x", "/"), "http://a/x");
  EXPECT_EQ(resolved("x", "/a?b/c"), "http://a/x");
}

TEST(Host, IsAPlainHostAndAPortOrNothing) {
  struct Row {
    const char* authority;
    const char* expected;  // of http
  };
  const Row rows[] = {
      {"example.org", "example.org|"},
      {"Example.ORG:80", "Example.ORG|"},
      {"example.org:", "example.org|"},
      {"example.org:0080", "example.org|"},
      {"example.org:443", "example.org|443"},
      {"127.0.0.1:8080", "127.0.0.1|8080"},
      {"[::1]", "[::1]|"},
      {"[::1]:8080", "[::1]|8080"},
      {"", "none"},
      {":80", "none"},
      {"a:0", "none"},
      {"a:123456", "none"},
      {"a:8x", "none"},
      {"a:80:80", "none"},
      {"user@a", "none"},
      {"a/b", "none"},
      {"a b", "none"},
      {"a,b", "none"},
      {"a\\b", "none"},
      {"[::1", "none"},
      {"[]", "none"},
      {"[::1]x", "none"},
      {"a\xc3\xa4", "none"},
  };
  for (const Row& row : rows) {
    const auto host = parse_host("http", row.authority);
    EXPECT_EQ(host ? std::string(host->name) + "|" + std::string(host->port) : "none", row.expected) << row.authority;
  }
}

TEST(Origin, IsSchemeHostAndPort) {
  const Uri a{"http", "example.org", "/"};
  EXPECT_TRUE(same_origin(a, {"HTTP", "EXAMPLE.org:80", "/other"}));
  EXPECT_FALSE(same_origin(a, {"https", "example.org", "/"}));
  EXPECT_FALSE(same_origin(a, {"http", "example.org:8080", "/"}));
  EXPECT_FALSE(same_origin(a, {"http", "www.example.org", "/"}));
  EXPECT_FALSE(same_origin({"http", "user@x", "/"}, {"http", "user@x", "/"}));
}

}  // namespace
}  // namespace freshet::http
