#include "policy/conclude.h"

#include <gtest/gtest.h>

namespace freshet::policy {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;

constexpr Instant kNow = Instant{} + std::chrono::hours(24 * 365 * 50);

TEST(Conclude, FollowsTheTable) {
  const Options plain;
  const Options no_ttl{.ttl = 0s};
  const Options errors{.error_ttl = 5s};
  struct Row {
    const char* what;
    Outcome outcome;
    Options options;
    bool put;
    LoadEnd end;
    std::optional<Reason> reason;
  };
  const Row rows[] = {
      {"a value", {Kind::value, true}, plain, true, LoadEnd::not_stored, Reason::stored},
      {"a nothing", {Kind::nothing, true}, plain, true, LoadEnd::not_stored, Reason::stored_negative},
      {"no lease", {Kind::value, false}, plain, false, LoadEnd::not_stored, std::nullopt},
      {"do not store", {Kind::value, true, true}, plain, false, LoadEnd::not_stored, Reason::refused_by_loader},
      {"no ttl", {Kind::value, true}, no_ttl, false, LoadEnd::not_stored, Reason::refused_zero_ttl},
      {"not among the loaded", {Kind::absent, true}, plain, false, LoadEnd::not_stored, std::nullopt},
      {"a failure", {Kind::failure, true}, plain, false, LoadEnd::failed, std::nullopt},
      {"a failure to remember", {Kind::failure, true}, errors, true, LoadEnd::failed, Reason::stored_error},
      {"a failure over a good stale value",
       {Kind::failure, true, false, kNow + 1s},
       errors,
       false,
       LoadEnd::failed,
       std::nullopt},
      {"the same without error_ttl",
       {Kind::failure, true, false, kNow + 1s},
       plain,
       false,
       LoadEnd::failed,
       std::nullopt},
      {"a failure over one past its use",
       {Kind::failure, true, false, kNow},
       errors,
       true,
       LoadEnd::failed,
       Reason::stored_error},
      {"a failure without a lease", {Kind::failure, false}, errors, false, LoadEnd::failed, std::nullopt},
  };
  for (const Row& row : rows) {
    const Conclusion conclusion = conclude(row.outcome, row.options, kNow, 0.0);
    EXPECT_EQ(conclusion.put, row.put) << row.what;
    EXPECT_EQ(conclusion.reason, row.reason) << row.what;
    const bool stands_in = row.outcome.good_until > kNow;
    EXPECT_EQ(conclusion.remember_failure,
              row.outcome.kind == Kind::failure && stands_in && row.options.error_ttl > Duration::zero())
        << row.what;
    if (!row.put) {
      EXPECT_EQ(conclusion.end, row.end) << row.what;
    }
  }
}

}  // namespace
}  // namespace freshet::policy
