#include <freshet/error.h>
#include <freshet/options.h>

#include <gtest/gtest.h>
#include <limits>

namespace freshet {
namespace {

using namespace std::chrono_literals;

TEST(Options, TheDefaultsAreValid) { EXPECT_NO_THROW(validate(Options{})); }

TEST(Options, NamesTheFirstFieldThatMakesNoSense) {
  const std::pair<Options, const char*> rows[] = {
      {{.ttl = -1s}, "ttl"},
      {{.jitter = -1s}, "jitter"},
      {{.ttl = 10s, .jitter = 11s}, "jitter"},
      {{.stale_while_revalidate = -1s}, "stale_while_revalidate"},
      {{.stale_if_error = -1s}, "stale_if_error"},
      {{.soft_timeout = -1s}, "soft_timeout"},
      {{.soft_timeout = 3s, .hard_timeout = 2s}, "soft_timeout"},
      {{.hard_timeout = 0s}, "hard_timeout"},
      {{.early_refresh = -0.5}, "early_refresh"},
      {{.early_refresh = std::numeric_limits<double>::quiet_NaN()}, "early_refresh"},
      {{.negative_ttl = -1s}, "negative_ttl"},
      {{.error_ttl = -1s}, "error_ttl"},
  };
  for (const auto& [options, field] : rows) {
    try {
      validate(options);
      ADD_FAILURE() << "accepted a bad " << field;
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find("Options::" + std::string(field) + ":"), std::string::npos)
          << error.what();
    }
  }
}

TEST(Options, AcceptsTheEdges) {
  EXPECT_NO_THROW(validate({.ttl = 0s}));
  EXPECT_NO_THROW(validate({.ttl = 10s, .jitter = 10s}));
  EXPECT_NO_THROW(validate({.ttl = kForever}));
  EXPECT_NO_THROW(validate({.soft_timeout = 0s, .hard_timeout = 1us}));
  EXPECT_NO_THROW(validate({.soft_timeout = 2s, .hard_timeout = 2s}));
}

}  // namespace
}  // namespace freshet
