#include "http/storable.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

std::string_view verdict(const std::string& response_lines, const Rules& rules, std::uint16_t status = 200,
                         const std::string& request_lines = "", std::string_view method = "GET") {
  const Lines fields(response_lines);
  const Lines request(request_lines);
  const Response response{status, fields};
  return name(storable(with_method(method, request), response, response_directives(fields, rules), rules));
}

Rules private_cache() {
  Rules rules = Rules::rfc();
  rules.shared = false;
  return rules;
}

TEST(Storable, FollowsTheTableInBothProfiles) {
  struct Row {
    const char* response;
    std::uint16_t status;
    const char* request;
    Reason rfc;
    Reason safe;
  };
  using R = Reason;
  const Row rows[] = {
      {"Cache-Control: max-age=60", 200, "", R::stored, R::stored},
      {"Expires: 0", 200, "", R::stored, R::stored},
      {"", 200, "", R::stored, R::stored},
      {"Cache-Control: public", 299, "", R::stored, R::stored},
      {"", 299, "", R::refused_no_freshness, R::refused_no_freshness},
      {"", 302, "", R::refused_no_freshness, R::refused_no_freshness},
      {"Cache-Control: max-age=60", 302, "", R::stored, R::stored},
      // Any final status with explicit freshness, by the RFC. Errors may be one client's fault: not by default.
      {"Cache-Control: max-age=60", 299, "", R::stored, R::stored},
      {"Cache-Control: max-age=60", 404, "", R::stored, R::stored},
      {"Cache-Control: max-age=60", 410, "", R::stored, R::stored},
      {"Cache-Control: max-age=60", 400, "", R::stored, R::refused_status},
      {"Cache-Control: max-age=60", 413, "", R::stored, R::refused_status},
      {"Cache-Control: max-age=60", 431, "", R::stored, R::refused_status},
      {"Cache-Control: max-age=60", 499, "", R::stored, R::refused_status},
      {"Cache-Control: max-age=60", 500, "", R::stored, R::refused_status},
      {"Cache-Control: max-age=60", 503, "", R::stored, R::refused_status},
      {"Cache-Control: max-age=60", 599, "", R::stored, R::refused_status},
      // Not final, an update, or an answer to what no key contains.
      {"Cache-Control: max-age=60", 103, "", R::refused_status, R::refused_status},
      {"Cache-Control: max-age=60", 304, "", R::refused_status, R::refused_status},
      {"Cache-Control: max-age=60", 407, "", R::refused_status, R::refused_status},
      {"Cache-Control: max-age=60", 412, "If-Match: \"a\"", R::refused_status, R::refused_status},
      {"Cache-Control: max-age=60", 416, "Range: bytes=9-", R::refused_status, R::refused_status},
      {"Cache-Control: max-age=60", 417, "", R::refused_status, R::refused_status},
      {"Cache-Control: max-age=60", 600, "", R::refused_status, R::refused_status},
      // Section 5.2.2.5 and 5.2.1.5.
      {"Cache-Control: no-store, max-age=60", 200, "", R::refused_no_store, R::refused_no_store},
      {"Cache-Control: max-age=60", 200, "Cache-Control: no-store", R::refused_no_store, R::refused_no_store},
      {"Cache-Control: x=\", no-store", 200, "", R::refused_no_store, R::refused_no_store},
      {"Connection: cache-control\nCache-Control: no-store", 200, "", R::refused_no_store, R::refused_no_store},
      // Section 5.2.2.3.
      {"Cache-Control: max-age=60, no-store, must-understand", 200, "", R::stored, R::stored},
      {"Cache-Control: max-age=60, no-store, must-understand", 599, "", R::refused_status, R::refused_status},
      {"Cache-Control: max-age=60, must-understand", 299, "", R::refused_status, R::refused_status},
      // Section 5.2.2.7.
      {"Cache-Control: private, max-age=60", 200, "", R::refused_private, R::refused_private},
      {"Cache-Control: private=\"x\", max-age=60", 200, "", R::stored, R::stored},
      {"Cache-Control: private=\"content-type\", max-age=60", 200, "", R::refused_private, R::refused_private},
      {"Cache-Control: no-cache", 200, "", R::stored, R::stored},
      // RFC 9213.
      {"CDN-Cache-Control: private\nCache-Control: max-age=60", 200, "", R::refused_private, R::refused_private},
      {"CDN-Cache-Control: no-store\nCache-Control: max-age=60", 200, "", R::refused_no_store, R::refused_no_store},
      {"CDN-Cache-Control: max-age=60\nCache-Control: no-store", 200, "", R::stored, R::stored},
      {"CDN-Cache-Control: max-age=60, &&&\nCache-Control: no-store", 200, "", R::refused_no_store,
       R::refused_no_store},
      // Section 3.5.
      {"Cache-Control: max-age=60", 200, "Authorization: x", R::refused_authorization, R::refused_authorization},
      {"Cache-Control: max-age=60, public", 200, "Authorization: x", R::stored, R::stored},
      {"Cache-Control: s-maxage=60", 200, "Authorization: x", R::stored, R::stored},
      {"Cache-Control: max-age=60, must-revalidate", 200, "Authorization: x", R::stored, R::refused_authorization},
      {"Cache-Control: max-age=60, proxy-revalidate", 200, "Authorization: x", R::refused_authorization,
       R::refused_authorization},
      // Section 7.3: the RFC leaves cookies to the origin.
      {"Cache-Control: max-age=60\nSet-Cookie: a=b", 200, "", R::stored, R::refused_set_cookie},
      {"Cache-Control: max-age=60, public\nSet-Cookie: a=b", 200, "", R::stored, R::refused_set_cookie},
      {"Cache-Control: max-age=60\nSet-Cookie2: a=b", 200, "", R::stored, R::refused_set_cookie},
      {"Cache-Control: max-age=60, no-cache=\"set-cookie\"\nSet-Cookie: a=b", 200, "", R::stored, R::stored},
      {"Cache-Control: max-age=60", 200, "Cookie: a=b", R::stored, R::stored},
      // Section 4.1.
      {"Cache-Control: max-age=60\nVary: *", 200, "", R::refused_vary, R::refused_vary},
      {"Cache-Control: max-age=60\nVary: a, *", 200, "", R::refused_vary, R::refused_vary},
      {"Cache-Control: max-age=60\nVary: \nVary: *", 200, "", R::refused_vary, R::refused_vary},
      {"Cache-Control: max-age=60\nVary: a b", 200, "", R::refused_vary, R::refused_vary},
      {"Cache-Control: max-age=60\nVary: a, b", 200, "", R::stored, R::stored},
      {"Cache-Control: max-age=60\nVary: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", 200, "", R::refused_vary, R::refused_vary},
      // Section 3.3.
      {"Cache-Control: max-age=60\nContent-Range: bytes 0-4/10", 206, "Range: bytes=0-4", R::stored, R::stored},
      {"Cache-Control: max-age=60\nContent-Range: bytes 0-4/10", 206, "", R::refused_content_range,
       R::refused_content_range},
      {"Cache-Control: max-age=60", 206, "Range: bytes=0-4", R::refused_content_range, R::refused_content_range},
      {"Cache-Control: max-age=60\nContent-Range: bytes 4-0/10", 206, "Range: bytes=0-4", R::refused_content_range,
       R::refused_content_range},
      {"Cache-Control: max-age=60\nContent-Range: bytes 0-4/10\nContent-Range: bytes 5-9/10", 206, "Range: bytes=0-4",
       R::refused_content_range, R::refused_content_range},
      {"Cache-Control: max-age=60\nContent-Range: lines 0-4/10", 206, "Range: lines=0-4", R::refused_content_range,
       R::refused_content_range},
      {"Cache-Control: max-age=60\nContent-Type: multipart/byteranges; boundary=x", 206, "Range: bytes=0-1,4-5",
       R::refused_content_range, R::refused_content_range},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(verdict(row.response, Rules::rfc(), row.status, row.request), name(row.rfc))
        << "rfc: " << row.status << " " << row.response << " | " << row.request;
    EXPECT_EQ(verdict(row.response, Rules::safe(), row.status, row.request), name(row.safe))
        << "safe: " << row.status << " " << row.response << " | " << row.request;
  }
}

TEST(Storable, OfAPrivateCacheIsWhatIsOneUsersOwn) {
  EXPECT_EQ(verdict("Cache-Control: private, max-age=60", private_cache()), "stored");
  EXPECT_EQ(verdict("Cache-Control: private", private_cache(), 299), "stored");
  EXPECT_EQ(verdict("Cache-Control: max-age=60", private_cache(), 200, "Authorization: x"), "stored");
  EXPECT_EQ(verdict("Cache-Control: s-maxage=60", private_cache(), 299), "refused_no_freshness");
}

TEST(Storable, IsWhatWasGotByGetOrAPostThatNamesItself) {
  const std::string fresh = "Cache-Control: max-age=60\n";
  for (const char* method : {"HEAD", "PUT", "DELETE", "OPTIONS", "M-SEARCH", "get", "POST"}) {
    EXPECT_EQ(verdict(fresh, Rules::rfc(), 200, "", method), "refused_method") << method;
  }
  // RFC 9110 section 9.3.3. The request was to http://example.org/page.
  struct Row {
    const char* lines;
    std::uint16_t status;
    const char* verdict;
  };
  const Row rows[] = {
      {"Cache-Control: max-age=60\nContent-Location: /page", 200, "stored"},
      {"Cache-Control: max-age=60\nContent-Location: page", 200, "stored"},
      {"Cache-Control: max-age=60\nContent-Location: HTTP://Example.org:80/page", 200, "stored"},
      {"Cache-Control: max-age=60\nContent-Location: /other", 200, "refused_method"},
      {"Cache-Control: max-age=60\nContent-Location: http://elsewhere/page", 200, "refused_method"},
      {"Cache-Control: max-age=60\nContent-Location: /page", 404, "refused_method"},
      {"Cache-Control: max-age=60\nContent-Location: /page", 206, "refused_method"},
      {"Content-Location: /page", 200, "refused_method"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(verdict(row.lines, Rules::rfc(), row.status, "", "POST"), row.verdict) << row.lines;
    EXPECT_EQ(verdict(row.lines, Rules::safe(), row.status, "", "POST"), "refused_method") << row.lines;
  }
}

}  // namespace
}  // namespace freshet::http
