// Spans of time as text: what is accepted, what is refused, and that both directions agree.
#include <freshet/error.h>
#include <freshet/time.h>

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsEveryFormThatTheHeaderNames) {
  const std::pair<const char*, Duration> rows[] = {
      {"90s", 90s},
      {"5m", 5min},
      {"1h30m", 90min},
      {"7d", 168h},
      {"250ms", 250ms},
      {"10us", 10us},
      {"90", 90s},
      {"0.5", 500ms},
      {"forever", kForever},
      {"0", 0s},
      {"0s", 0s},
      {"1.5h", 90min},
      {"1d1us", 24h + 1us},
      {"1m30s250ms", 90s + 250ms},
      {"0.000001", 1us},
      {"1.5000000", 1500ms},
  };
  for (const auto& [text, span] : rows) EXPECT_EQ(parse_duration(text), span) << text;
}

TEST(Duration, RefusesWithTheTextAndTheAcceptedForms) {
  for (const char* text :
       {"", "-1s", "s", "5x", "5 m", "5m2h", "1h1h", "1.s", ".5", "1e3", "5mm", "1.0000001s", "9223372036854775807us",
        "9223372036854775808", "99999999999999d", "200000000d", "forever1"}) {
    try {
      parse_duration(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const ConfigError& error) {
      const std::string what = error.what();
      EXPECT_NE(what.find('"' + std::string(text) + '"'), std::string::npos) << what;
      EXPECT_NE(what.find("1h30m"), std::string::npos) << what;
    }
  }
}

TEST(Duration, FormatReadsBackToTheSameSpan) {
  const std::pair<Duration, const char*> rows[] = {
      {90min, "1h30m"}, {250ms, "250ms"}, {kForever, "forever"}, {0us, "0s"},
      {49h, "2d1h"},    {61s, "1m1s"},    {1us, "1us"},
  };
  for (const auto& [span, text] : rows) {
    EXPECT_EQ(format_duration(span), text);
    EXPECT_EQ(parse_duration(text), span);
  }
  const Duration longest = kForever - 1us;
  EXPECT_EQ(parse_duration(format_duration(longest)), longest);
}

TEST(Duration, AddSaturatesAtNever) {
  EXPECT_EQ(add(Instant{}, kForever), kNever);
  EXPECT_EQ(add(kNever, 1s), kNever);
  EXPECT_EQ(add(kNever - 1s, 2s), kNever);
  EXPECT_EQ(add(Instant{} + 1s, 2s), Instant{} + 3s);
}

}  // namespace
}  // namespace freshet
