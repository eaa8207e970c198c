#include "http/reuse.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

struct Row {
  const char* what;
  const char* stored;  // received at kNow
  const char* request;
  int later_s;
  Course course;
  Reason reason;
};

void check(const Row& row, const Rules& rules, std::string_view method = "GET") {
  const StoredSample sample(row.stored, 200, rules);
  const Lines fields(row.request);
  const Request request = with_method(method, fields);
  const Reuse got = reuse(sample.head(), request, request_directives(fields), rules, kNow + Seconds{row.later_s});
  EXPECT_EQ(static_cast<int>(got.course), static_cast<int>(row.course)) << row.what;
  EXPECT_EQ(name(got.reason), name(row.reason)) << row.what;
  if (got.course == Course::serve) {
    EXPECT_GE(got.age, Seconds{row.later_s}) << row.what;
  }
}

TEST(Reuse, FollowsTheTable) {
  using C = Course;
  using R = Reason;
  const Row rows[] = {
      {"fresh", "Cache-Control: max-age=60", "", 0, C::serve, R::hit},
      {"last fresh second", "Cache-Control: max-age=60", "", 59, C::serve, R::hit},
      {"first stale second", "Cache-Control: max-age=60", "", 60, C::validate, R::miss_expired},
      {"aged on its way", "Cache-Control: max-age=60\nAge: 59", "", 0, C::serve, R::hit},
      {"too old on its way", "Cache-Control: max-age=60\nAge: 59", "", 1, C::validate, R::miss_expired},
      {"a clock set back", "Cache-Control: max-age=60", "", -1000, C::serve, R::hit},
      {"a clock behind, stale from the first", "Cache-Control: max-age=0\nETag: \"a\"", "", -1, C::validate,
       R::miss_expired},
      // Section 5.2.2.4.
      {"no-cache", "Cache-Control: max-age=60, no-cache\nETag: \"a\"", "", 0, C::validate, R::miss_no_cache},
      {"no-cache, max-stale", "Cache-Control: no-cache\nETag: \"a\"", "Cache-Control: max-stale", 0, C::validate,
       R::miss_no_cache},
      {"qualified no-cache", "Cache-Control: max-age=60, no-cache=\"x\"\nX: y", "", 0, C::serve, R::hit},
      // Section 5.2.1: what requests ask for.
      {"no-cache asked", "Cache-Control: max-age=60", "Cache-Control: no-cache", 0, C::validate, R::miss_as_asked},
      {"Pragma", "Cache-Control: max-age=60", "Pragma: no-cache", 0, C::validate, R::miss_as_asked},
      {"no-store asked", "Cache-Control: max-age=60", "Cache-Control: no-store", 0, C::forward, R::miss_as_asked},
      {"max-age=0 asked", "Cache-Control: max-age=60", "Cache-Control: max-age=0", 0, C::validate, R::miss_as_asked},
      {"max-age asked, old enough", "Cache-Control: max-age=60\nAge: 30", "Cache-Control: max-age=30", 0, C::serve,
       R::hit},
      {"max-age asked, too old", "Cache-Control: max-age=60\nAge: 30", "Cache-Control: max-age=30", 1, C::validate,
       R::miss_as_asked},
      {"min-fresh, enough", "Cache-Control: max-age=60", "Cache-Control: min-fresh=30", 29, C::serve, R::hit},
      {"min-fresh, not enough", "Cache-Control: max-age=60", "Cache-Control: min-fresh=30", 30, C::validate,
       R::miss_as_asked},
      {"min-fresh, stale", "Cache-Control: max-age=60, stale-while-revalidate=60", "Cache-Control: min-fresh=1", 60,
       C::validate, R::miss_expired},
      {"max-stale, within", "Cache-Control: max-age=60", "Cache-Control: max-stale=10", 69, C::serve,
       R::stale_as_asked},
      {"max-stale, beyond", "Cache-Control: max-age=60", "Cache-Control: max-stale=10", 70, C::validate,
       R::miss_expired},
      {"max-stale, any", "Cache-Control: max-age=60", "Cache-Control: max-stale", 3600, C::serve, R::stale_as_asked},
      {"max-stale, our cap", "Cache-Control: max-age=60", "Cache-Control: max-stale", 8 * 86400, C::validate,
       R::miss_expired},
      {"max-stale, forbidden", "Cache-Control: max-age=60, must-revalidate", "Cache-Control: max-stale", 60,
       C::validate, R::miss_expired},
      {"max-stale, forbidden to shared caches", "Cache-Control: s-maxage=60", "Cache-Control: max-stale", 60,
       C::validate, R::miss_expired},
      {"only-if-cached, fresh", "Cache-Control: max-age=60", "Cache-Control: only-if-cached", 0, C::serve, R::hit},
      {"only-if-cached, stale", "Cache-Control: max-age=60", "Cache-Control: only-if-cached", 60, C::refuse,
       R::miss_only_if_cached},
      {"only-if-cached, swr", "Cache-Control: max-age=60, stale-while-revalidate=60", "Cache-Control: only-if-cached",
       60, C::refuse, R::miss_only_if_cached},
      {"only-if-cached, max-stale", "Cache-Control: max-age=60", "Cache-Control: only-if-cached, max-stale", 60,
       C::serve, R::stale_as_asked},
      {"only-if-cached, no-cache", "Cache-Control: no-cache\nETag: \"a\"", "Cache-Control: only-if-cached", 0,
       C::refuse, R::miss_only_if_cached},
      // RFC 5861.
      {"swr, within", "Cache-Control: max-age=60, stale-while-revalidate=10", "", 69, C::serve_and_revalidate,
       R::stale_revalidating},
      {"swr, beyond", "Cache-Control: max-age=60, stale-while-revalidate=10", "", 70, C::validate, R::miss_expired},
      {"swr, forbidden", "Cache-Control: max-age=60, stale-while-revalidate=10, must-revalidate", "", 60, C::validate,
       R::miss_expired},
      {"swr, but asked for newer", "Cache-Control: max-age=60, stale-while-revalidate=10", "Cache-Control: no-cache",
       60, C::validate, R::miss_as_asked},
      // RFC 8246.
      {"immutable, reloaded", "Cache-Control: max-age=60, immutable", "Cache-Control: max-age=0", 5, C::serve, R::hit},
      {"immutable, forced", "Cache-Control: max-age=60, immutable", "Cache-Control: no-cache", 5, C::validate,
       R::miss_as_asked},
      {"immutable, stale", "Cache-Control: max-age=60, immutable", "Cache-Control: max-age=0", 60, C::validate,
       R::miss_as_asked},
      {"cookies do not matter", "Cache-Control: max-age=60", "Cookie: a=b", 0, C::serve, R::hit},
  };
  for (const Row& row : rows) {
    check(row, Rules::rfc());
    check(row, Rules::safe());
  }
}

TEST(Reuse, AnswersOnlyGetAndHead) {
  const Row served{"HEAD", "Cache-Control: max-age=60", "", 0, Course::serve, Reason::hit};
  check(served, Rules::safe(), "HEAD");
  const Row through{"others",        "Cache-Control: max-age=60", "Cache-Control: only-if-cached", 0,
                    Course::forward, Reason::miss_method};
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "M-SEARCH", "get", ""}) {
    check(through, Rules::safe(), method);
  }
}

TEST(Reuse, AnswersAuthorizedRequestsWithWhatIsMeantForThem) {
  const auto row = [](const char* stored, bool shared) {
    return Row{stored,
               stored,
               "Authorization: x",
               0,
               shared ? Course::serve : Course::forward,
               shared ? Reason::hit : Reason::miss_authorization};
  };
  check(row("Cache-Control: max-age=60", false), Rules::safe());
  check(row("Cache-Control: max-age=60, must-revalidate", false), Rules::safe());
  check(row("Cache-Control: max-age=60, public", true), Rules::safe());
  check(row("Cache-Control: s-maxage=60", true), Rules::safe());
  check(row("Cache-Control: max-age=60", true), Rules::rfc());
}

TEST(Reuse, NeedNotFollowRequests) {
  Rules rules;
  rules.obey_request_directives = false;
  for (const char* asked : {"Cache-Control: no-cache", "Cache-Control: max-age=0", "Cache-Control: min-fresh=100",
                            "Pragma: no-cache", "Cache-Control: no-store"}) {
    check({asked, "Cache-Control: max-age=60", asked, 0, Course::serve, Reason::hit}, rules);
  }
  check({"max-stale", "Cache-Control: max-age=60", "Cache-Control: max-stale", 60, Course::validate,
         Reason::miss_expired},
        rules);
}

TEST(Reuse, OfPartialContentIsForRangesWithinIt) {
  const Rules rules = Rules::rfc();
  const StoredSample part("Cache-Control: max-age=60\nContent-Range: bytes 4-8/20\nETag: \"a\"", 206, rules,
                          "Range: bytes=4-8", 5);
  struct PartRow {
    const char* request;
    const char* method;
    bool served;
  };
  const PartRow rows[] = {
      {"Range: bytes=4-8", "GET", true},
      {"Range: bytes=5-6", "GET", true},
      {"Range: bytes=4-4, 6-7", "GET", true},
      {"Range: bytes=5-6\nIf-Range: \"a\"", "GET", true},
      {"Range: bytes=5-6\nIf-Range: \"b\"", "GET", false},
      {"Range: bytes=3-6", "GET", false},
      {"Range: bytes=8-9", "GET", false},
      {"Range: bytes=4-4, 9-9", "GET", false},
      {"Range: bytes=5-", "GET", false},
      {"Range: bytes=-1", "GET", false},
      {"Range: bytes=30-", "GET", false},
      {"Range: lines=4-5", "GET", false},
      {"", "GET", false},
      {"Range: bytes=4-8", "HEAD", false},
  };
  for (const PartRow& row : rows) {
    const Lines fields(row.request);
    const Reuse got = reuse(part.head(), with_method(row.method, fields), {}, rules, kNow);
    EXPECT_EQ(got.course == Course::serve, row.served) << row.request;
    if (!row.served) {
      EXPECT_EQ(got.reason, Reason::miss_range) << row.request;
    }
  }
}

TEST(Reuse, OfNothingIsForwardedOrRefused) {
  RequestDirectives only;
  only.only_if_cached = true;
  EXPECT_EQ(nothing_stored(get(), {}, {}, Reason::miss_absent).course, Course::forward);
  EXPECT_EQ(nothing_stored(get(), {}, {}, Reason::miss_variant).reason, Reason::miss_variant);
  EXPECT_EQ(nothing_stored(get(), only, {}, Reason::miss_absent).course, Course::refuse);
  EXPECT_EQ(nothing_stored(with_method("POST"), only, {}, Reason::miss_absent).reason, Reason::miss_method);
}

TEST(ReuseOnError, FollowsTheTable) {
  struct ErrorRow {
    const char* what;
    const char* stored;
    const char* request;
    int later_s;
    std::uint16_t status;
    Reason reason;  // load_failed: the error goes on
  };
  using R = Reason;
  const ErrorRow rows[] = {
      {"disconnected", "Cache-Control: max-age=60", "", 60, 0, R::stale_on_error},
      {"503", "Cache-Control: max-age=60", "", 60, 503, R::stale_on_error},
      {"500", "Cache-Control: max-age=60", "", 60, 500, R::stale_on_error},
      {"404 is an answer", "Cache-Control: max-age=60", "", 60, 404, R::load_failed},
      {"501 is an answer", "Cache-Control: max-age=60", "", 60, 501, R::load_failed},
      {"past our cap", "Cache-Control: max-age=60", "", 60 + 86400, 0, R::load_failed},
      {"stale-if-error, within", "Cache-Control: max-age=60, stale-if-error=5", "", 64, 0, R::stale_on_error},
      {"stale-if-error, beyond", "Cache-Control: max-age=60, stale-if-error=5", "", 65, 0, R::load_failed},
      {"stale-if-error=0", "Cache-Control: max-age=60, stale-if-error=0", "", 60, 0, R::load_failed},
      {"the request takes more", "Cache-Control: max-age=60, stale-if-error=5", "Cache-Control: stale-if-error=50", 100,
       0, R::stale_on_error},
      {"must-revalidate", "Cache-Control: max-age=60, must-revalidate", "", 60, 0, R::load_failed},
      {"must-revalidate, whatever is asked", "Cache-Control: max-age=60, must-revalidate, stale-if-error=99",
       "Cache-Control: stale-if-error=99, max-stale", 60, 0, R::load_failed},
      {"proxy-revalidate", "Cache-Control: max-age=60, proxy-revalidate", "", 60, 0, R::load_failed},
      {"s-maxage", "Cache-Control: max-age=60, s-maxage=2", "", 60, 0, R::load_failed},
      {"no-cache", "Cache-Control: max-age=60, no-cache\nETag: \"a\"", "", 0, 0, R::load_failed},
      {"fresh, but newer was asked for", "Cache-Control: max-age=60", "Cache-Control: no-cache", 0, 0, R::hit},
      {"never fresh", "Cache-Control: max-age=0\nETag: \"a\"", "", 0, 0, R::load_failed},
  };
  for (const ErrorRow& row : rows) {
    for (const Rules& rules : {Rules::rfc(), Rules::safe()}) {
      const StoredSample sample(row.stored, 200, rules);
      const Lines fields(row.request);
      const Reuse got = reuse_on_error(sample.head(), get(fields), request_directives(fields), rules,
                                       kNow + Seconds{row.later_s}, row.status);
      EXPECT_EQ(name(got.reason), name(row.reason)) << row.what;
      EXPECT_EQ(got.course == Course::serve, row.reason != R::load_failed) << row.what;
    }
  }
}

}  // namespace
}  // namespace freshet::http
