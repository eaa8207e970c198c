#include "top_frame.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

using namespace std::chrono_literals;

Sample sample(Duration since_start, std::initializer_list<std::pair<Reason, std::uint64_t>> counts) {
  Sample s;
  s.since_start = since_start;
  s.stats.url = "shared:shop";
  s.stats.processes = 3;
  for (const auto& [reason, count] : counts) s.stats.count[static_cast<std::size_t>(reason)] = count;
  return s;
}

bool has_line(const std::vector<std::string>& lines, std::initializer_list<std::string_view> parts) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return std::all_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return line.find(part) != std::string::npos; });
  });
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + '\n';
  return all;
}

TEST(TopFrame, RatesAreWhatWasAddedPerSecond) {
  const Sample before = sample(10s, {{Reason::hit, 1000}, {Reason::miss_expired, 100}});
  Sample now = sample(12s, {{Reason::hit, 1300}, {Reason::miss_expired, 200}, {Reason::stale_on_error, 7}});
  now.stats.load_time[10] = 5;
  const auto lines = top_frame(&before, now, {});
  EXPECT_TRUE(has_line(lines, {"150", "1,300", "hit"})) << joined(lines);
  EXPECT_TRUE(has_line(lines, {"50.0", "200", "miss_expired"})) << joined(lines);
  EXPECT_TRUE(has_line(lines, {"hit ratio", "75.4 % lately", "86.7 % in all", "3.5 stale/s"})) << joined(lines);
  EXPECT_TRUE(has_line(lines, {"load time", "p50 1ms"})) << joined(lines);
}

TEST(TopFrame, BeforeTheFirstIntervalNoRateIsClaimed) {
  const auto lines = top_frame(nullptr, sample(10s, {{Reason::hit, 5}}), {});
  EXPECT_TRUE(has_line(lines, {"hit ratio", "- lately", "100.0 % in all", "- lookups/s"})) << joined(lines);
}

TEST(TopFrame, NeverLargerThanTheWindow) {
  Sample now = sample(12s, {});
  for (auto& count : now.stats.count) count = 1;
  now.stats.url = "file:/zürich/" + std::string(300, 'x');
  const Sample before = sample(10s, {});
  for (std::size_t columns : {0U, 1U, 14U, 80U, 500U}) {
    for (std::size_t rows : {0U, 1U, 6U, 7U, 24U, 200U}) {
      const auto lines = top_frame(&before, now, {columns, rows});
      EXPECT_LE(lines.size(), rows);
      for (const std::string& line : lines) EXPECT_LE(line.size(), columns);
    }
  }
}

TEST(TopFrame, WhereRoomIsShortWhatHappensNowStays) {
  Sample before = sample(10s, {});
  for (auto& count : before.stats.count) count = 1;
  Sample now = before;
  now.since_start = 11s;
  now.stats.count[static_cast<std::size_t>(Reason::listener_threw)] = 2;
  const auto lines = top_frame(&before, now, {80, 10});
  ASSERT_EQ(lines.size(), 10U);
  EXPECT_TRUE(has_line(lines, {"troubles", "1.0", "listener_threw"})) << joined(lines);
  EXPECT_EQ(lines.back(), "... " + std::to_string(kReasonCount - 3) + " more; enlarge the window");
}

}  // namespace
}  // namespace freshet::tools
