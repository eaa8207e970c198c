#include "http/keep.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

#define LAST_YEAR "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n"

Kept kept(const std::string& lines, const Rules& rules, std::string_view target = "/page",
          const std::string& request_lines = "", std::uint16_t status = 200, std::uint64_t body_bytes = 10) {
  const Lines fields(lines);
  const Lines request(request_lines);
  return keep(get(request, target), {status, fields}, rules, kAtOnce, body_bytes);
}

TEST(Keep, RefusesWhatCouldNeverBeReused) {
  struct Row {
    const char* lines;
    Reason rfc;
    Reason safe;
  };
  using R = Reason;
  const Row rows[] = {
      {"Cache-Control: max-age=60", R::stored, R::stored},
      {"Cache-Control: max-age=0", R::refused_useless, R::refused_useless},
      {"Cache-Control: max-age=0\nETag: \"a\"", R::stored, R::stored},
      {"Cache-Control: max-age=0, stale-while-revalidate=5", R::stored, R::stored},
      {"Cache-Control: max-age=0, stale-if-error=5", R::stored, R::stored},
      {"Cache-Control: max-age=0, stale-if-error=5, must-revalidate", R::refused_useless, R::refused_useless},
      {"Cache-Control: no-cache, max-age=60", R::refused_useless, R::refused_useless},
      {"Cache-Control: no-cache\nETag: \"a\"", R::stored, R::stored},
      {"Cache-Control: no-cache\nETag: a", R::refused_useless, R::refused_useless},
      {"", R::refused_no_freshness, R::refused_no_freshness},
      {"ETag: \"a\"", R::stored, R::stored},
      {"Cache-Control: max-age=60, must-revalidate\nAge: 60", R::refused_useless, R::refused_useless},
      // It was fresh once, so it may stand in for a dead origin.
      {"Cache-Control: max-age=60\nAge: 60", R::stored, R::stored},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(name(kept(row.lines, Rules::rfc()).reason), name(row.rfc)) << row.lines;
    EXPECT_EQ(name(kept(row.lines, Rules::safe()).reason), name(row.safe)) << row.lines;
  }
}

TEST(Keep, AssumesNothingWhereThePathDeceives) {
  EXPECT_EQ(kept(LAST_YEAR "Content-Type: text/css", Rules::safe(), "/a.css").reason, Reason::stored);
  const Kept page = kept(LAST_YEAR "Content-Type: text/html", Rules::safe(), "/account/a.css");
  EXPECT_EQ(page.reason, Reason::stored) << "it has a validator";
  EXPECT_EQ(page.facts.lifetime, Seconds{0}) << "and is validated before each use";
  EXPECT_EQ(stale_spans(page.facts, Rules::safe()).if_error, Seconds{0}) << "never shown instead of an error";
}

TEST(Keep, KeepsNothingOfAPageThatACookieWasSentForUnlessItsAuthorSpeaksOfCaching) {
  struct Row {
    const char* lines;
    Reason safe;
  };
  const Row rows[] = {
      // Kept to be validated, it could be asked for as stale by anybody.
      {LAST_YEAR, Reason::refused_no_freshness},
      {"ETag: \"a\"", Reason::refused_no_freshness},
      {"ETag: \"a\"\nCache-Control: stale-if-error=60", Reason::refused_no_freshness},
      {"ETag: \"a\"\nCache-Control: no-cache", Reason::stored},
      {"ETag: \"a\"\nCache-Control: public", Reason::stored},
      {"ETag: \"a\"\nCache-Control: max-age=0", Reason::stored},
      {"Cache-Control: max-age=60", Reason::stored},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(name(kept(row.lines, Rules::safe(), "/page", "Cookie: a=b").reason), name(row.safe)) << row.lines;
    EXPECT_EQ(name(kept(row.lines, Rules::rfc(), "/page", "Cookie: a=b").reason), name(Reason::stored)) << row.lines;
  }
}

TEST(Keep, FollowsTheDirectivesThatForbidStale) {
  struct Row {
    const char* directives;
    std::int64_t while_revalidating;
    std::int64_t if_error;
  };
  Rules rules = Rules::rfc();
  rules.default_stale_if_error = Seconds{100};
  const Row rows[] = {
      {"max-age=60", 0, 100},
      {"max-age=60, stale-while-revalidate=5", 5, 100},
      {"max-age=60, stale-if-error=7", 0, 7},
      {"max-age=60, stale-if-error=0", 0, 0},
      {"max-age=60, stale-if-error=99999999999", 0, 604800},
      {"max-age=60, stale-while-revalidate=99999999999", 604800, 100},
      {"max-age=60, must-revalidate, stale-while-revalidate=5, stale-if-error=5", 0, 0},
      {"max-age=60, proxy-revalidate, stale-while-revalidate=5", 0, 0},
      {"s-maxage=60", 0, 0},
      {"s-maxage=60, stale-while-revalidate=5, stale-if-error=5", 0, 0},
      {"s-maxage=x", 0, 0},
      {"max-age=60, no-cache, stale-while-revalidate=5", 0, 0},
  };
  for (const Row& row : rows) {
    const Kept one = kept("ETag: \"a\"\nCache-Control: " + std::string(row.directives), rules);
    const StaleSpans spans = stale_spans(one.facts, rules);
    EXPECT_EQ(spans.while_revalidating.count(), row.while_revalidating) << row.directives;
    EXPECT_EQ(spans.if_error.count(), row.if_error) << row.directives;
  }
  rules.stale_beside_s_maxage = true;
  const Kept beside = kept("Cache-Control: s-maxage=60, stale-while-revalidate=5", rules);
  EXPECT_EQ(stale_spans(beside.facts, rules).while_revalidating, Seconds{5});
  EXPECT_TRUE(kept("Cache-Control: s-maxage=60", rules).facts.must_revalidate);
  rules.shared = false;
  EXPECT_FALSE(kept("Cache-Control: max-age=60, proxy-revalidate", rules).facts.must_revalidate);
}

TEST(Keep, HoldsAsLongAsItIsOfUse) {
  Rules rules;
  rules.default_stale_if_error = Seconds{0};
  rules.keep_for_validation = Seconds{1000};
  EXPECT_EQ(kept("Cache-Control: max-age=60\nAge: 10", rules).keep_until, kNow + Seconds{50});
  EXPECT_EQ(kept("Cache-Control: max-age=60, stale-while-revalidate=5", rules).keep_until, kNow + Seconds{65});
  EXPECT_EQ(kept("Cache-Control: max-age=60\nETag: \"a\"", rules).keep_until, kNow + Seconds{1060});
  EXPECT_EQ(kept("Cache-Control: max-age=0\nAge: 500\nETag: \"a\"", rules).keep_until, kNow + Seconds{1000});
}

TEST(Keep, MeasuresPartialContent) {
  const std::string lines = "Cache-Control: max-age=60\nContent-Range: bytes 4-9/10";
  const Kept right = kept(lines, Rules::safe(), "/page", "Range: bytes=-6", 206, 6);
  EXPECT_EQ(right.reason, Reason::stored);
  EXPECT_TRUE(right.facts.partial);
  EXPECT_EQ(right.facts.part, (Part{4, 6, 10}));
  EXPECT_EQ(kept(lines, Rules::safe(), "/page", "Range: bytes=-6", 206, kUnknownBytes).facts.part, (Part{4, 6, 10}));
  EXPECT_EQ(kept(lines, Rules::safe(), "/page", "Range: bytes=-6", 206, 5).reason, Reason::refused_content_range);
  EXPECT_EQ(kept(lines, Rules::safe(), "/page", "Range: bytes=-6", 206, 7).reason, Reason::refused_content_range);
  EXPECT_EQ(kept(lines, Rules::rfc(), "/page", "Range: bytes=-6", 206, 5).facts.part, (Part{4, 5, 9}));
}

TEST(Keep, WritesADateWhereTheOriginDidNot) {
  struct Row {
    const char* lines;
    const char* block;
  };
  const Row rows[] = {
      {"Cache-Control: max-age=60\nX: y",
       "Cache-Control: max-age=60\r\nX: y\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"},
      {"Cache-Control: max-age=60\nDate: foo", "Cache-Control: max-age=60\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"},
      {"Date: Wed, 31 Dec 2025 23:59:59 GMT\nCache-Control: max-age=60\nDate: Wed, 31 Dec 2025 00:00:00 GMT",
       "Date: Wed, 31 Dec 2025 23:59:59 GMT\r\nCache-Control: max-age=60\r\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(StoredSample(row.lines).head().block(), row.block) << row.lines;
}

TEST(Keep, RefusesAHeadThatCannotBeWritten) {
  const Field fields[] = {{"Cache-Control", "max-age=60"}, {"X", "a\nb"}};
  const Response response{200, fields};
  const Kept one = keep(get(), response, {}, kAtOnce, 0);
  std::string out;
  EXPECT_EQ(one.reason, Reason::stored);
  EXPECT_FALSE(append_kept_head(out, one, response, {}));
}

}  // namespace
}  // namespace freshet::http
