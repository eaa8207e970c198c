#include "response_cache/terms.h"

#include "http/sample_messages.h"

namespace freshet::response_cache {
namespace {

using namespace std::chrono_literals;

TEST(Terms, FollowTheTable) {
  struct Row {
    const char* fields;
    std::optional<std::chrono::seconds> ttl;
    const char* control;
  };
  const Row rows[] = {
      {"", 60s, "max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: max-age=5, no-cache, must-revalidate", 60s,
       "max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: public", 60s, "public, max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: no-store", 60s, "no-store, max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: private", 60s, "private, max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: private=\"set-cookie\"", 60s,
       "private=\"set-cookie\", max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: no-cache=x-secret", 60s,
       "no-cache=\"x-secret\", max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      // Not plainly qualified: of everything.
      {"Cache-Control: private=\"a", 60s, "private, max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      {"CDN-Cache-Control: private", 60s, "private, max-age=62, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: max-age=5", std::nullopt, "max-age=5, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: max-age=5, s-maxage=7, must-revalidate", std::nullopt,
       "max-age=7, must-revalidate, stale-while-revalidate=0, stale-if-error=0"},
      {"Cache-Control: no-store", std::nullopt, "no-store"},
      {"Expires: Thu, 01 Jan 2037 00:00:00 GMT", std::nullopt, ""},
      {"Freshet-Cache-Control: max-age=1", 60s, ""},
  };
  for (const Row& row : rows) {
    Route route;
    route.ttl = row.ttl;
    const Terms terms = terms_of(route, 200, http::Lines(row.fields), 2s);
    EXPECT_EQ(terms.control, row.control) << row.fields;
    EXPECT_FALSE(terms.refusal) << row.fields;
  }
}

TEST(Terms, SayTheRoutesStaleSpansAndPermissions) {
  Route route;
  route.ttl = 1min;
  route.stale_while_revalidate = 2min;
  route.stale_if_error = 1h;
  route.may_store_private = true;
  route.may_store_authorized = true;
  EXPECT_EQ(terms_of(route, 200, http::Lines("Cache-Control: no-store, private"), 0s).control,
            "public, max-age=60, stale-while-revalidate=120, stale-if-error=3600");
}

TEST(Terms, RulesAllowOnlyWhatTheRouteSays) {
  const RuleBook book(false);
  for (int i = 0; i < 16; ++i) {
    Route route;
    const bool personal = (i & 1) != 0;
    const bool refreshes = (i & 8) != 0;
    route.may_store_set_cookie = (i & 2) != 0;
    route.may_store_errors = (i & 4) != 0;
    const http::Rules& rules = book.rules(route, personal, refreshes);
    EXPECT_EQ(rules.shared, !personal);
    EXPECT_EQ(rules.set_cookie, route.may_store_set_cookie ? http::SetCookie::store : http::SetCookie::refuse);
    EXPECT_EQ(rules.store_errors, route.may_store_errors);
    EXPECT_EQ(rules.most_stale_while_revalidate > 0s, refreshes);
    EXPECT_FALSE(rules.reuse_for_authorized);
    EXPECT_EQ(rules.heuristic_percent, 0u);
  }
}

}  // namespace
}  // namespace freshet::response_cache
