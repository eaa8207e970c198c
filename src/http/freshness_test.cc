#include "http/freshness.h"

#include "http/sample_messages.h"

#include <random>

namespace freshet::http {
namespace {

// kNow is Thu, 01 Jan 2026 00:00:00 GMT.
#define DATE "Date: Thu, 01 Jan 2026 00:00:00 GMT\n"

Freshness freshness_of(const std::string& lines, const Rules& rules, std::uint16_t status = 200,
                       const std::string& request_lines = "", std::string_view target = "/page",
                       Exchange exchange = kAtOnce) {
  const Lines fields(lines);
  const Lines request(request_lines);
  const Response response{status, fields};
  return freshness(get(request, target), response, response_directives(fields, rules), rules, exchange);
}

TEST(Lifetime, FollowsTheTable) {
  struct Row {
    const char* lines;
    std::int64_t lifetime;
    Basis basis = Basis::stated;
  };
  const Row rows[] = {
      // Section 4.2.1: s-maxage, max-age, Expires minus Date, in this order.
      {"Cache-Control: max-age=60, s-maxage=5", 5},
      {"Cache-Control: s-maxage=60, max-age=5", 60},
      {"Cache-Control: max-age=0, s-maxage=60\nExpires: 0", 60},
      {"Cache-Control: max-age=60\nExpires: 0\n" DATE, 60},
      {"Cache-Control: max-age=0\nExpires: Thu, 01 Jan 2026 01:00:00 GMT\n" DATE, 0},
      {"Expires: Thu, 01 Jan 2026 01:00:00 GMT\n" DATE, 3600},
      {"Expires: Thu, 01 Jan 2026 00:00:00 GMT\n" DATE, 0},
      {"Expires: Wed, 31 Dec 2025 00:00:00 GMT\n" DATE, 0},
      {"Expires: Thu, 01 Jan 2026 00:05:00 GMT\nDate: Thu, 01 Jan 2026 00:06:40 GMT", 0},
      {"Expires: Thu, 01 Jan 2026 00:00:20 GMT\nDate: Thu, 01 Jan 2026 00:00:10 GMT", 10},
      {"Expires: Thu, 01 Jan 2026 00:00:10 GMT\nDate: foo", 10},
      {"Expires: Thu, 01 Jan 2026 00:00:10 GMT", 10},
      {"Expires: Sun, 21 Nov 2286 04:46:39 GMT\n" DATE, 2147483648},
      // Section 5.3: invalid dates are in the past.
      {"Expires: 0\n" DATE, 0},
      {"Expires: Thu, 18 Aug 2050 02:01:18 UTC\n" DATE, 0},
      {"Expires: Thu, 18 Aug 2050 02:01:18 GMT\nExpires: Thu, 18 Aug 2050 02:01:19 GMT\n" DATE, 0},
      {"Expires: Thu, 01 Jan 2026 00:00:10 GMT\nExpires: Thu, 01 Jan 2026 00:00:10 GMT\n" DATE, 10},
      // Section 4.2.1: invalid freshness is staleness, and no reason to look further.
      {"Cache-Control: max-age=x\nExpires: Thu, 01 Jan 2026 01:00:00 GMT\n" DATE, 0},
      {"Cache-Control: s-maxage=x, max-age=60", 0},
      {"Cache-Control: max-age=1, max-age=60", 0},
      // RFC 9213: Expires is not looked at beside a targeted field.
      {"CDN-Cache-Control: max-age=60\nExpires: 0\nCache-Control: max-age=1", 60},
      {"CDN-Cache-Control: max-age=0\nExpires: Thu, 01 Jan 2026 01:00:00 GMT\n" DATE, 0},
      {"CDN-Cache-Control: foo\nExpires: Thu, 01 Jan 2026 01:00:00 GMT\nCache-Control: max-age=5", 0, Basis::none},
      // Section 4.2.2.
      {"Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n" DATE, 8640, Basis::heuristic},
      {"Last-Modified: Wed, 31 Dec 1975 00:00:00 GMT\n" DATE, 86400, Basis::heuristic},
      {"Last-Modified: Thu, 01 Jan 2026 00:00:01 GMT\n" DATE, 0, Basis::heuristic},
      {"Last-Modified: foo\n" DATE, 0, Basis::none},
      {DATE, 0, Basis::none},
      {"Cache-Control: max-age=0\nLast-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n" DATE, 0},
      {"Cache-Control: max-age=x\nLast-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n" DATE, 0},
  };
  for (const Row& row : rows) {
    const Freshness fresh = freshness_of(row.lines, Rules::rfc());
    EXPECT_EQ(fresh.lifetime.count(), row.lifetime) << row.lines;
    EXPECT_EQ(fresh.basis, row.basis) << row.lines;
  }
}

TEST(Lifetime, OfAPrivateCacheDoesNotKnowSMaxage) {
  Rules own = Rules::rfc();
  own.shared = false;
  EXPECT_EQ(freshness_of("Cache-Control: s-maxage=3600, max-age=1", own).lifetime, Seconds{1});
  EXPECT_EQ(freshness_of("Cache-Control: s-maxage=3600", own).basis, Basis::none);
}

TEST(Heuristics, ApplyToTheStatusesThatHaveThemOrToWhatIsPublic) {
  const std::string modified = "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n" DATE;
  constexpr std::uint16_t cacheable[] = {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501};
  for (const std::uint16_t status : cacheable) {
    EXPECT_EQ(freshness_of(modified, Rules::rfc(), status).lifetime, Seconds{8640}) << status;
  }
  constexpr std::uint16_t others[] = {201, 202, 302, 303, 307, 400, 403, 500, 502, 503, 504, 599};
  for (const std::uint16_t status : others) {
    EXPECT_EQ(freshness_of(modified, Rules::rfc(), status).basis, Basis::none) << status;
    EXPECT_EQ(freshness_of(modified + "Cache-Control: public", Rules::rfc(), status).lifetime, Seconds{8640}) << status;
  }
}

TEST(Heuristics, AreCutByTheRules) {
  const std::string modified = "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n" DATE;
  Rules rules;
  rules.heuristic_most = Seconds{60};
  EXPECT_EQ(freshness_of(modified, rules).lifetime, Seconds{60});
  rules.heuristic_percent = 0;
  EXPECT_EQ(freshness_of(modified, rules).basis, Basis::none);
  rules = Rules::safe();
  rules.heuristic_percent = 4'000'000'000;
  EXPECT_EQ(freshness_of(modified, rules).lifetime, Seconds{86400}) << "never more than all of it";
}

TEST(Heuristics, AreSafeFromCookiesAndDeception) {
  const std::string html = "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\nContent-Type: text/html\n" DATE;
  EXPECT_EQ(freshness_of(html, Rules::safe()).basis, Basis::heuristic);
  EXPECT_EQ(freshness_of(html, Rules::safe(), 200, "Cookie: a=b").basis, Basis::none);
  EXPECT_EQ(freshness_of(html, Rules::rfc(), 200, "Cookie: a=b").basis, Basis::heuristic);
  const Freshness deceived = freshness_of(html, Rules::safe(), 200, "", "/account/x.css");
  EXPECT_EQ(deceived.basis, Basis::none);
  EXPECT_TRUE(deceived.deceptive);
  EXPECT_EQ(freshness_of(html, Rules::rfc(), 200, "", "/account/x.css").basis, Basis::heuristic);
  // Explicit freshness is the origin's word: nothing is guessed from names then.
  EXPECT_EQ(freshness_of(html + "Cache-Control: max-age=5", Rules::safe(), 200, "Cookie: a=b", "/x.css").lifetime,
            Seconds{5});
}

TEST(Heuristics, TellADeceptivePathFromAnHonestOne) {
  struct Row {
    const char* target;
    const char* type;
    bool contradicts;
  };
  const Row rows[] = {
      {"/a.css", "text/css; charset=utf-8", false},
      {"/a.css", "text/html", true},
      {"/a.CSS", "TEXT/HTML", true},
      {"/a.css", "", true},
      {"/account%2Fx.css", "text/html", true},
      {"/account;x.css", "text/html", true},  // to an origin that cuts parameters off it is the account page
      {"/x.css;v=1.2", "text/html", true},
      {"/x.css;v=1.2", "text/css", false},
      {"/account?x.css", "text/html", false},
      {"/account/x.js", "application/javascript", false},
      {"/account/x.png", "image/webp", false},
      {"/a.css/b", "text/html", false},
      {"/a.unknown", "text/html", false},
      {"/a", "text/html", false},
      {"/a.", "text/html", false},
  };
  for (const Row& row : rows) EXPECT_EQ(contradicts_path(row.target, row.type), row.contradicts) << row.target;
}

TEST(Age, IsTheFirstValueOfTheFirstLineOrNone) {
  struct Row {
    const char* lines;
    std::int64_t age;
  };
  const Row rows[] = {
      {"", 0},
      {"Age: 7200", 7200},
      {"Age: 2147483647", 2147483647},
      {"Age: 2147483649", 2147483648},
      {"Age: 99999999999999999999", 2147483648},
      {"Age: 7200, 0", 7200},
      {"Age: 0, 7200", 0},
      {"Age: 7200\nAge: 0", 7200},
      {"Age: 0\nAge: 7200", 0},
      {"Age: 0, 0", 0},
      {"Age: abc", 0},
      {"Age: -7200", 0},
      {"Age: 7200.0", 0},
      {"Age: 7200;foo=bar", 0},
      {"Age: ", 0},
  };
  for (const Row& row : rows) EXPECT_EQ(age_value(Lines(row.lines)).count(), row.age) << row.lines;
}

TEST(Age, CountsFromTheRequestAndNeverLessThanDateSays) {
  const Exchange slow{kNow - Seconds{4}, kNow};
  EXPECT_EQ(freshness_of("Age: 30\n" DATE, {}, 200, "", "/", slow).initial_age, Seconds{34});
  EXPECT_EQ(freshness_of(DATE, {}, 200, "", "/", slow).initial_age, Seconds{4});
  EXPECT_EQ(freshness_of("Date: Wed, 31 Dec 2025 23:59:00 GMT", {}).initial_age, Seconds{60}) << "apparent age";
  EXPECT_EQ(freshness_of("Date: Wed, 31 Dec 2025 23:59:00 GMT\nAge: 90", {}).initial_age, Seconds{90});
  EXPECT_EQ(freshness_of("Date: Thu, 01 Jan 2026 00:10:00 GMT", {}).initial_age, Seconds{0}) << "a clock ahead of ours";
  EXPECT_EQ(freshness_of("Date: foo", {}).date, kNow);
}

TEST(Age, IsNeverNegativeNeverFallsAndSaturates) {
  std::mt19937_64 dice(2);
  std::uniform_int_distribution<std::int64_t> any_second(0, 2147483648);
  const Instant year9999 = Instant(std::chrono::sys_days(std::chrono::year(9999) / 12 / 31).time_since_epoch());
  for (int i = 0; i < 10000; ++i) {
    const Seconds initial{any_second(dice)};
    const Instant received = kNow + Seconds{any_second(dice)};
    const Instant one = kNow + Seconds{any_second(dice)};
    const Instant later = one + Seconds{any_second(dice)};
    const Seconds age = current_age(initial, received, one);
    ASSERT_GE(age, Seconds{0});
    ASSERT_GE(age, initial);
    ASSERT_LE(age, kMostSeconds);
    ASSERT_LE(age, current_age(initial, received, later));
  }
  EXPECT_EQ(current_age(Seconds{5}, year9999, kNow), Seconds{5}) << "a clock that was set back";
  EXPECT_EQ(current_age(kMostSeconds, Instant{}, year9999), kMostSeconds);
}

}  // namespace
}  // namespace freshet::http
