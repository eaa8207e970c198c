#include "http/cache_control.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

// The directives in one line, in a fixed order, so that a row is one string.
std::string text(const ResponseDirectives& d) {
  std::string out;
  const auto flag = [&](bool value, const char* name) {
    if (value) out.append(name).append(" ");
  };
  const auto span = [&](const DeltaSeconds& value, const char* name) {
    if (!value.present) return;
    out.append(name).append("=").append(value.valid ? std::to_string(value.value.count()) : "invalid").append(" ");
  };
  flag(d.targeted, "targeted");
  flag(d.no_store, "no-store");
  flag(d.no_cache, "no-cache");
  flag(!d.no_cache_fields.empty(), "no-cache=...");
  flag(d.is_private, "private");
  flag(!d.private_fields.empty(), "private=...");
  flag(d.is_public, "public");
  flag(d.must_revalidate, "must-revalidate");
  flag(d.proxy_revalidate, "proxy-revalidate");
  flag(d.must_understand, "must-understand");
  flag(d.immutable, "immutable");
  span(d.max_age, "max-age");
  span(d.s_maxage, "s-maxage");
  span(d.stale_while_revalidate, "swr");
  span(d.stale_if_error, "sie");
  return out;
}

std::string response(const std::string& lines) { return text(response_directives(Lines(lines), Rules::rfc())); }

TEST(ResponseDirectives, FollowTheTable) {
  struct Row {
    const char* value;
    const char* expected;
  };
  const Row rows[] = {
      {"", ""},
      {"No-StOrE", "no-store "},
      {"MaX-aGe=3600", "max-age=3600 "},
      {"foobar, max-age=3600, x=\"y\"", "max-age=3600 "},
      {"public, must-revalidate, proxy-revalidate, must-understand, immutable",
       "public must-revalidate proxy-revalidate must-understand immutable "},
      {"stale-while-revalidate=60, stale-if-error=120", "swr=60 sie=120 "},
      // Section 5.2: the quoted form is accepted; section 4.2.1: what is no number is a lifetime of zero.
      {"max-age=\"3600\"", "max-age=3600 "},
      {"max-age='3600'", "max-age=invalid "},
      {"max-age=-3600", "max-age=invalid "},
      {"max-age=3600.0", "max-age=invalid "},
      {"max-age=3600a", "max-age=invalid "},
      {"max-age=a3600", "max-age=invalid "},
      {"max-age =3600", "max-age=invalid "},
      {"max-age= 3600", "max-age=invalid "},
      {"max-age", "max-age=invalid "},
      {"max-age=", "max-age=invalid "},
      {"max-age=003600", "max-age=3600 "},
      {"max-age=99999999999", "max-age=2147483648 "},
      // Two that contradict each other.
      {"max-age=1800, max-age=1", "max-age=invalid "},
      {"max-age=1, max-age=1800", "max-age=invalid "},
      {"max-age=60, max-age=60", "max-age=60 "},
      {"max-age=60, max-age=x", "max-age=invalid "},
      {"max-age=x, max-age=60", "max-age=invalid "},
      // Hidden in a string.
      {"extension=\"max-age=3600\", max-age=1", "max-age=1 "},
      {"max-age=1, extension=\"max-age=3600\"", "max-age=1 "},
      {"x=\"no-store\"", ""},
      {"x=\", no-store", "no-store "},
      // Malformed members restrict and never permit.
      {"no-store=x", "no-store "},
      {"no-store;a", "no-store "},
      {"public=x", ""},
      {"public;a", ""},
      {"immutable=1", ""},
      {"must-understand=1", ""},
      {"must-revalidate=1", "must-revalidate "},
      {"stale-while-revalidate=x", "swr=0 "},
      {"stale-if-error=60, stale-if-error=5", "sie=5 "},
      // Qualified forms.
      {"no-cache=\"a, b\"", "no-cache=... "},
      {"no-cache=a", "no-cache=... "},
      {"no-cache", "no-cache "},
      {"no-cache=\"\"", "no-cache "},
      {"no-cache=", "no-cache "},
      {"no-cache=\"a b\"", "no-cache "},
      {"no-cache=\"a\\b\"", "no-cache "},
      {"no-cache=\"a\", no-cache", "no-cache no-cache=... "},
      {"private=\"set-cookie\"", "private=... "},
      {"private", "private "},
      {"private=\"content-type\"", "private "},
      {"private=\"a, Vary\"", "private "},
      {"no-cache=a, no-cache=b, no-cache=c, no-cache=d, no-cache=e", "no-cache no-cache=... "},
  };
  for (const Row& row : rows)
    EXPECT_EQ(response("Cache-Control: " + std::string(row.value)), row.expected) << row.value;
}

TEST(ResponseDirectives, StandOnSeveralLines) {
  EXPECT_EQ(response("Cache-Control: no-cache=\"a\"\nX: y\ncache-control: max-age=60"), "no-cache=... max-age=60 ");
}

TEST(ResponseDirectives, NameTheQualifiedFields) {
  const Lines lines("Cache-Control: no-cache=\"a, Bee\", private=c, no-cache=d");
  const ResponseDirectives d = response_directives(lines, Rules::rfc());
  for (const char* name : {"A", "bee", "D"}) EXPECT_TRUE(d.no_cache_fields.contains(name)) << name;
  EXPECT_FALSE(d.no_cache_fields.contains("c"));
  EXPECT_TRUE(d.private_fields.contains("C"));
}

TEST(TargetedDirectives, ReplaceCacheControlIfTheyAreValidAndNotEmpty) {
  struct Row {
    const char* cdn;
    const char* expected;  // beside Cache-Control: no-store, max-age=5
  };
  const Row rows[] = {
      {"max-age=3600", "targeted max-age=3600 "},
      {"max-age=99999999999", "targeted max-age=2147483648 "},
      {"max-age=-1", "targeted max-age=invalid "},
      {"max-age=0", "targeted max-age=0 "},
      {"foobar, max-age=3600;x=1", "targeted max-age=3600 "},
      {"max-age=1, max-age=2", "targeted max-age=2 "},
      {"private", "targeted private "},
      {"private=\"a\"", "targeted private=... "},
      {"no-cache=\"a, b\"", "targeted no-cache=... "},
      {"no-cache=token", "targeted no-cache "},
      {"no-store=?0, max-age=1", "targeted max-age=1 "},
      {"no-store=\"x\"", "targeted no-store "},
      {"public, must-revalidate, immutable", "targeted public must-revalidate immutable "},
      {"stale-while-revalidate=5, stale-if-error=6, s-maxage=7", "targeted s-maxage=7 swr=5 sie=6 "},
      // Ignored: not there.
      {"", "no-store max-age=5 "},
      {"max-age=10000, &&&&&", "no-store max-age=5 "},
      {"max-age=\"10000\"", "no-store max-age=5 "},
      {"max-age=1.5", "no-store max-age=5 "},
      {"public=1", "no-store max-age=5 "},
      {"max-age =100", "no-store max-age=5 "},
      {"MaX-aGe=3600", "no-store max-age=5 "},
  };
  for (const Row& row : rows) {
    const std::string lines = "Cache-Control: no-store, max-age=5\nCDN-Cache-Control: " + std::string(row.cdn);
    EXPECT_EQ(response(lines), row.expected) << row.cdn;
  }
}

TEST(TargetedDirectives, AreTakenInTheOrderOfTheRules) {
  Rules rules;
  rules.targeted_fields = {"Freshet-Cache-Control", "CDN-Cache-Control"};
  const Lines both("CDN-Cache-Control: max-age=1\nFreshet-Cache-Control: max-age=2");
  EXPECT_EQ(text(response_directives(both, rules)), "targeted max-age=2 ");
  const Lines broken("CDN-Cache-Control: max-age=1\nFreshet-Cache-Control: &");
  EXPECT_EQ(text(response_directives(broken, rules)), "targeted max-age=1 ");
  rules.targeted_fields.clear();
  EXPECT_EQ(text(response_directives(both, rules)), "");
}

TEST(RequestDirectives, FollowTheTable) {
  struct Row {
    const char* lines;
    const char* expected;
  };
  const auto text = [](const RequestDirectives& d) {
    std::string out;
    if (d.no_cache) out += "no-cache ";
    if (d.no_store) out += "no-store ";
    if (d.only_if_cached) out += "only-if-cached ";
    if (d.max_age.valid) out += "max-age=" + std::to_string(d.max_age.value.count()) + " ";
    if (d.min_fresh.valid) out += "min-fresh=" + std::to_string(d.min_fresh.value.count()) + " ";
    if (d.max_stale.valid) out += "max-stale=" + std::to_string(d.max_stale.value.count()) + " ";
    if (d.stale_if_error.valid) out += "sie=" + std::to_string(d.stale_if_error.value.count()) + " ";
    return out;
  };
  const Row rows[] = {
      {"", ""},
      {"Cache-Control: nothing-to-see-here\nPragma: foo", ""},
      {"Cache-Control: No-Cache, no-store, only-if-cached", "no-cache no-store only-if-cached "},
      {"Cache-Control: max-age=5, min-fresh=6, max-stale=7, stale-if-error=8",
       "max-age=5 min-fresh=6 max-stale=7 sie=8 "},
      {"Cache-Control: max-stale", "max-stale=2147483648 "},
      {"Cache-Control: max-stale=x", "max-stale=0 "},
      {"Cache-Control: max-age=x", ""},
      {"Cache-Control: max-age=\"5\"", "max-age=5 "},
      // The stricter of two.
      {"Cache-Control: max-age=5\nCache-Control: max-age=3, max-age=9", "max-age=3 "},
      {"Cache-Control: min-fresh=5, min-fresh=9", "min-fresh=9 "},
      // Section 5.4.
      {"Pragma: no-cache", "no-cache "},
      {"Pragma: x, No-Cache", "no-cache "},
      {"Pragma: no-cache\nCache-Control: max-age=5", "max-age=5 "},
  };
  for (const Row& row : rows) EXPECT_EQ(text(request_directives(Lines(row.lines))), row.expected) << row.lines;
}

}  // namespace
}  // namespace freshet::http
