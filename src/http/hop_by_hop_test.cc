#include "http/hop_by_hop.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

std::string stored_names(const std::string& lines, const Rules& rules) {
  const Lines fields(lines);
  const Response response{200, fields};
  const ResponseDirectives directives = response_directives(fields, rules);
  std::string out;
  for (const Field& field : Fields(fields)) {
    if (is_stored_field(response, directives, rules, field.name)) out.append(field.name).append(" ");
  }
  return out;
}

TEST(StoredFields, LeaveOutWhatBelongsToOneConnection) {
  EXPECT_EQ(stored_names("Connection: a, B\nA: 1\nb: 2\nC: 3\nKeep-Alive: x\nTE: x\nTrailer: x\nUpgrade: x\n"
                         "Transfer-Encoding: chunked\nProxy-Authenticate: x\nProxy-Authorization: x\n"
                         "Proxy-Authentication-Info: x\nProxy-Connection: x\nETag: \"a\"",
                         Rules::rfc()),
            "C ETag ");
}

TEST(StoredFields, LeaveOutWhatTheCacheWritesItself) {
  const Lines part("Content-Range: bytes 0-4/5\nX: y");
  EXPECT_FALSE(is_stored_field({206, part}, {}, Rules::rfc(), "Content-Range"));
  EXPECT_EQ(stored_names("Age: 5\nContent-Length: 5\nContent-Range: bytes 0-4/5\nDate: x\nX-Unknown: y", Rules::rfc()),
            "Content-Range Date X-Unknown ")
      << "of a 200 it is one more unknown field";
}

TEST(StoredFields, KeepWhatConnectionMayNotUnsay) {
  EXPECT_EQ(stored_names("Connection: cache-control, vary, etag, expires, content-type, x\nCache-Control: no-store\n"
                         "Vary: a\nETag: \"a\"\nExpires: 0\nContent-Type: a/b\nX: y",
                         Rules::rfc()),
            "Cache-Control Vary ETag Expires Content-Type ");
}

TEST(StoredFields, LeaveOutTheQualifiedOnes) {
  const std::string lines =
      "Cache-Control: no-cache=\"a\", private=\"b, Set-Cookie\"\nA: 1\nB: 2\nSet-Cookie: x=y\nC: 3";
  EXPECT_EQ(stored_names(lines, Rules::rfc()), "Cache-Control C ");
  Rules own = Rules::rfc();
  own.shared = false;
  EXPECT_EQ(stored_names(lines, own), "Cache-Control B Set-Cookie C ") << "a private cache may keep private fields";
}

TEST(StoredFields, LeaveOutCookiesUnlessTheRulesStoreThem) {
  Rules rules;
  for (const SetCookie set_cookie : {SetCookie::refuse, SetCookie::strip}) {
    rules.set_cookie = set_cookie;
    EXPECT_EQ(stored_names("Set-Cookie: a=b\nSet-Cookie2: a=b\nX: y", rules), "X ");
  }
  rules.set_cookie = SetCookie::store;
  EXPECT_EQ(stored_names("Set-Cookie: a=b\nX: y", rules), "Set-Cookie X ");
}

TEST(ForwardedFields, CannotBeDroppedByConnectionWhereTheOriginReliesOnThem) {
  // CVE-2022-31813.
  const Lines fields(
      "Connection: close, Host, Cookie, Authorization, X-Forwarded-For, X-Forwarded-Proto, Content-Length, X-Mine\n"
      "Host: a\nCookie: a=b\nAuthorization: x\nX-Forwarded-For: 1.2.3.4\nX-Forwarded-Proto: https\nX-Mine: y\n"
      "Accept: z\nTE: trailers\nUpgrade: h2c\nHTTP2-Settings: x\nProxy-Authorization: x");
  std::string out;
  for (const Field& field : Fields(fields)) {
    if (is_forwarded_field(get(fields), Rules::safe(), field.name)) out.append(field.name).append(" ");
  }
  EXPECT_EQ(out, "Host Cookie Authorization X-Forwarded-For X-Forwarded-Proto Accept ");
}

TEST(ForwardedFields, AreNotThoseThatPoisonWhatNoKeyContains) {
  const Lines fields("");
  for (const char* name :
       {"X-Forwarded-Host", "x-forwarded-scheme", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override",
        "X-Method-Override", "X-HTTP-Method", "Forwarded", "X-Host", "X_User"}) {
    EXPECT_FALSE(is_forwarded_field(get(fields), Rules::safe(), name)) << name;
    EXPECT_TRUE(is_forwarded_field(get(fields), Rules::rfc(), name)) << name;
  }
}

}  // namespace
}  // namespace freshet::http
