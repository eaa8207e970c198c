#include "policy/plan.h"

#include <cmath>
#include <gtest/gtest.h>

namespace freshet::policy {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow = Instant{} + std::chrono::hours(24 * 365 * 50);

Finding entry(Duration fresh_for, Duration kept_for, Duration cost = 0s) {
  Finding finding;
  finding.fetch.found = true;
  finding.fetch.reason = Reason::hit;
  finding.fetch.meta.fresh_until = kNow + fresh_for;
  finding.fetch.meta.keep_until = kNow + kept_for;
  finding.fetch.meta.load_cost = cost;
  return finding;
}
Finding failure(Duration fresh_for) {
  Finding finding = entry(fresh_for, fresh_for);
  finding.failure = true;
  return finding;
}
// A load of it failed so long ago.
Finding failed(Finding finding, Duration ago) {
  finding.failed_at = kNow - ago;
  return finding;
}
Finding miss(Reason reason) {
  Finding finding;
  finding.fetch.reason = reason;
  return finding;
}

TEST(Plan, FollowsTheTable) {
  const Options plain;
  const Options swr{.stale_while_revalidate = 30s};
  const Options sie{.stale_if_error = 30s};
  const Options pause{.stale_if_error = 30s, .error_ttl = 5s};
  const Options both{.stale_while_revalidate = 30s, .stale_if_error = 30s, .error_ttl = 5s};
  const Options swr_only{.stale_while_revalidate = 30s, .error_ttl = 5s};
  const Finding stale = entry(-20s, 60s);
  struct Row {
    const char* what;
    Finding finding;
    Options options;
    Course course;
    Reason reason;
    bool on_error;
    bool on_timeout;
  };
  const Row rows[] = {
      {"fresh", entry(10s, 10s), plain, Course::serve, Reason::hit, true, true},
      {"last fresh instant", entry(1us, 1us), plain, Course::serve, Reason::hit, true, true},
      {"first stale instant", entry(0s, 60s), plain, Course::load, Reason::miss_expired, false, false},
      {"absent", miss(Reason::miss_absent), swr, Course::load, Reason::miss_absent, false, false},
      {"invalidated", miss(Reason::miss_invalidated), sie, Course::load, Reason::miss_invalidated, false, false},
      {"swr", entry(-29s, 60s), swr, Course::serve_and_refresh, Reason::stale_revalidating, false, true},
      {"past swr", entry(-30s, 60s), swr, Course::load, Reason::miss_expired, false, false},
      {"swr, but the writer kept it shorter", entry(-5s, -1s), swr, Course::load, Reason::miss_expired, false, false},
      {"sie", entry(-29s, 60s), sie, Course::load, Reason::miss_expired, true, true},
      {"past sie", entry(-31s, 60s), sie, Course::load, Reason::miss_expired, false, false},
      {"remembered failure", failure(5s), sie, Course::fail, Reason::miss_failed_lately, false, false},
      {"failed lately", failed(stale, 4s), pause, Course::serve, Reason::stale_on_error, true, true},
      {"this instant", failed(stale, 0s), pause, Course::serve, Reason::stale_on_error, true, true},
      {"failed error_ttl ago", failed(stale, 5s), pause, Course::load, Reason::miss_expired, true, true},
      {"no error_ttl", failed(stale, 0s), sie, Course::load, Reason::miss_expired, true, true},
      {"failed before it went stale", failed(entry(-1s, 60s), 2s), pause, Course::load, Reason::miss_expired, true,
       true},
      {"failed in the future", failed(stale, -1s), pause, Course::load, Reason::miss_expired, true, true},
      {"failed lately, past sie", failed(entry(-31s, 60s), 1s), pause, Course::load, Reason::miss_expired, false,
       false},
      {"failed lately, fresh", failed(entry(1s, 60s), 1s), pause, Course::serve, Reason::hit, true, true},
      {"failed lately, swr too", failed(stale, 1s), both, Course::serve, Reason::stale_on_error, true, true},
      {"failed lately, swr only", failed(stale, 1s), swr_only, Course::serve_and_refresh, Reason::stale_revalidating,
       false, true},
      {"old failure", failure(-5s), sie, Course::load, Reason::miss_expired, false, false},
  };
  for (const Row& row : rows) {
    const Plan made = plan(row.finding, row.options, kNow, 0.5);
    EXPECT_EQ(made.course, row.course) << row.what;
    EXPECT_EQ(name(made.reason), name(row.reason)) << row.what;
    EXPECT_EQ(kNow < made.on_error_until, row.on_error) << row.what;
    EXPECT_EQ(kNow < made.on_timeout_until, row.on_timeout) << row.what;
  }
}

TEST(Plan, IsFailingFromAFailureUntilTheNextSuccess) {
  const Options pause{.stale_if_error = 30s, .error_ttl = 5s};
  const Finding stale = entry(-20s, 60s);
  EXPECT_TRUE(plan(failed(stale, 1s), pause, kNow, 0.5).failing);
  EXPECT_TRUE(plan(failed(stale, 19s), pause, kNow, 0.5).failing) << "also when it is to be tried again";
  EXPECT_FALSE(plan(stale, pause, kNow, 0.5).failing);
  EXPECT_FALSE(plan(failed(stale, 21s), pause, kNow, 0.5).failing) << "it has been fresh since";
  EXPECT_FALSE(plan(failed(entry(-31s, 60s), 1s), pause, kNow, 0.5).failing) << "too old to stand in";
}

TEST(Plan, RefreshesEarlyAsTheDiceSay) {
  const Options early{.early_refresh = 1.0};
  // 10 s left, a load costs 5 s: due when -ln(dice) >= 2, that is dice <= 0.135.
  const Finding finding = entry(10s, 10s, 5s);
  EXPECT_EQ(plan(finding, early, kNow, 0.13).reason, Reason::hit_early_refresh);
  EXPECT_EQ(plan(finding, early, kNow, 0.13).course, Course::serve_and_refresh);
  EXPECT_EQ(plan(finding, early, kNow, 0.14).reason, Reason::hit);
  EXPECT_EQ(plan(finding, early, kNow, 0.0).reason, Reason::hit_early_refresh);
  EXPECT_EQ(plan(finding, Options{}, kNow, 0.0).reason, Reason::hit);
  EXPECT_EQ(plan(entry(10s, 10s, 0s), early, kNow, 0.0).reason, Reason::hit) << "a free load need not be early";
}

TEST(Plan, NeverRefreshesEarlyWhatNeverExpires) {
  Finding finding = entry(0s, 0s, 5s);
  finding.fetch.meta.fresh_until = finding.fetch.meta.keep_until = kNever;
  EXPECT_EQ(plan(finding, {.early_refresh = 1000.0}, kNow, 0.0).reason, Reason::hit);
}

TEST(Plan, TimesFollowTtlJitterAndTheLongerStaleSpan) {
  struct Row {
    Options options;
    double dice;
    bool negative;
    Duration fresh;
    Duration kept;
  };
  const Row rows[] = {
      {{.ttl = 100s}, 0.5, false, 100s, 100s},
      {{.ttl = 100s, .jitter = 20s}, 0.0, false, 100s, 100s},
      {{.ttl = 100s, .jitter = 20s}, 0.5, false, 90s, 90s},
      {{.ttl = 100s, .stale_while_revalidate = 5s, .stale_if_error = 50s}, 0.5, false, 100s, 150s},
      {{.ttl = 100s, .stale_while_revalidate = 50s, .stale_if_error = 5s}, 0.5, false, 100s, 150s},
      {{.ttl = 100s, .negative_ttl = 7s}, 0.5, true, 7s, 7s},
      {{.ttl = 100s, .negative_ttl = 7s}, 0.5, false, 100s, 100s},
      {{.ttl = 100s}, 0.5, true, 100s, 100s},
      {{.ttl = 100s, .jitter = 100s, .negative_ttl = 10s}, 0.5, true, 5s, 5s},
  };
  for (const Row& row : rows) {
    const Times times = times_for(row.options, kNow, row.dice, row.negative);
    EXPECT_EQ(times.fresh_until, kNow + row.fresh);
    EXPECT_EQ(times.keep_until, kNow + row.kept);
    EXPECT_TRUE(times.useful);
  }
}

TEST(Plan, TimesAtTheEdges) {
  const Times forever = times_for({.ttl = kForever, .jitter = 1h}, kNow, 0.9, false);
  EXPECT_EQ(forever.fresh_until, kNever);
  EXPECT_EQ(forever.keep_until, kNever);
  EXPECT_FALSE(times_for({.ttl = 0s}, kNow, 0.5, false).useful);
  EXPECT_TRUE(times_for({.ttl = 0s, .stale_if_error = 1s}, kNow, 0.5, false).useful);
  EXPECT_EQ(times_for({.ttl = 1s, .stale_if_error = kForever}, kNow, 0.5, false).keep_until, kNever);
  EXPECT_FALSE(times_for_failure({}, kNow).useful);
  EXPECT_EQ(times_for_failure({.error_ttl = 2s}, kNow).fresh_until, kNow + 2s);
}

}  // namespace
}  // namespace freshet::policy
