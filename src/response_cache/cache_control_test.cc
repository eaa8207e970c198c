#include <freshet/cache_control.h>
#include <freshet/error.h>

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

TEST(CacheControl, FollowsTheTable) {
  struct Row {
    CacheControl said;
    const char* text;
  };
  const Row rows[] = {
      {{}, ""},
      {{.is_public = true, .max_age = 60s}, "public, max-age=60"},
      {{.is_public = true, .max_age = 60s, .s_maxage = 10min, .stale_while_revalidate = 30s, .stale_if_error = 24h},
       "public, max-age=60, s-maxage=600, stale-while-revalidate=30, stale-if-error=86400"},
      {{.is_private = true, .max_age = 0s}, "private, max-age=0"},
      {{.no_store = true}, "no-store"},
      {{.must_revalidate = true, .proxy_revalidate = true, .max_age = 5s},
       "max-age=5, must-revalidate, proxy-revalidate"},
      {{.no_transform = true}, "no-transform"},
      {CacheControl::asset(), "public, max-age=31536000, immutable"},
      {CacheControl::revalidated(), "no-cache"},
      {CacheControl::personal(), "private, no-cache"},
  };
  for (const Row& row : rows) EXPECT_EQ(row.said.text(), row.text);
}

TEST(CacheControl, RefusesWhatContradictsItself) {
  const CacheControl wrong[] = {
      {.is_public = true, .is_private = true},
      {.no_store = true, .max_age = 1s},
      {.no_store = true, .immutable = true},
      {.is_public = true, .no_store = true},
      {.is_private = true, .s_maxage = 1s},
      {.must_revalidate = true, .stale_if_error = 1s},
      {.max_age = -1s},
      {.stale_while_revalidate = -1s},
  };
  for (const CacheControl& one : wrong) EXPECT_THROW((void)one.text(), ConfigError);
}

}  // namespace
}  // namespace freshet
