#include "http/date.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace freshet::http {
namespace {

using namespace std::chrono;

constexpr Instant kToday = Instant(sys_days(year(2026) / 1 / 1).time_since_epoch());

constexpr Instant at(int y, unsigned m, unsigned d, int h, int min, int s) {
  return Instant((sys_days(year(y) / static_cast<int>(m) / static_cast<int>(d)) + hours(h) + minutes(min) + seconds(s))
                     .time_since_epoch());
}

TEST(Date, ReadsTheThreeFormsWhateverTheirCase) {
  struct Row {
    const char* text;
    Instant instant;
  };
  const Row rows[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37)},
      {"Sunday, 06-Nov-94 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37)},
      {"Sun Nov  6 08:49:37 1994", at(1994, 11, 6, 8, 49, 37)},
      {"Tue, 19 Jan 2038 14:14:08 GMT", at(2038, 1, 19, 14, 14, 8)},
      {"Sun, 21 Nov 2286 04:46:39 GMT", at(2286, 11, 21, 4, 46, 39)},
      {"Thursday, 18-Aug-50 02:01:18 GMT", at(2050, 8, 18, 2, 1, 18)},
      {"Thu Aug  8 02:01:18 2050", at(2050, 8, 8, 2, 1, 18)},
      {"THU, 18 Aug 2050 02:01:18 GMT", at(2050, 8, 18, 2, 1, 18)},
      {"Thu, 18 AUG 2050 02:01:18 GMT", at(2050, 8, 18, 2, 1, 18)},
      {"Thu, 18 Aug 2050 02:01:18 gMT", at(2050, 8, 18, 2, 1, 18)},
      // The name of the day is not held against the date.
      {"Mon, 18 Aug 2050 02:01:18 GMT", at(2050, 8, 18, 2, 1, 18)},
      {"Thu, 29 Feb 2024 00:00:00 GMT", at(2024, 2, 29, 0, 0, 0)},
      {"Sat, 31 Dec 2016 23:59:60 GMT", at(2017, 1, 1, 0, 0, 0)},
      // Two digits mean at most 50 years ahead.
      {"Friday, 01-Jan-76 00:00:00 GMT", at(2076, 1, 1, 0, 0, 0)},
      {"Friday, 01-Jan-77 00:00:00 GMT", at(1977, 1, 1, 0, 0, 0)},
      {"Friday, 01-Jan-99 00:00:00 GMT", at(1999, 1, 1, 0, 0, 0)},
      {"Thu, 01 Jan 1970 00:00:00 GMT", Instant{}},
      {"Mon, 01 Jan 0001 00:00:00 GMT", at(1, 1, 1, 0, 0, 0)},
  };
  for (const Row& row : rows) {
    const auto parsed = parse_date(row.text, kToday);
    ASSERT_TRUE(parsed.has_value()) << row.text;
    EXPECT_EQ(*parsed, row.instant) << row.text;
  }
}

TEST(Date, TwoDigitsFollowTheCenturyThatIsNow) {
  const Instant later = at(2080, 6, 1, 0, 0, 0);
  EXPECT_EQ(parse_date("Friday, 01-Jan-99 00:00:00 GMT", later), at(2099, 1, 1, 0, 0, 0));
  EXPECT_EQ(parse_date("Friday, 01-Jan-10 00:00:00 GMT", later), at(2110, 1, 1, 0, 0, 0));
  EXPECT_EQ(parse_date("Friday, 01-Jan-31 00:00:00 GMT", later), at(2031, 1, 1, 0, 0, 0));
}

TEST(Date, RefusesWhatIsAlmostADate) {
  const char* rows[] = {
      "",
      "0",
      "-1",
      "foo",
      "Thu, 18 Aug 2050 02:01:18 UTC",
      "Thu, 18 Aug 2050 02:01:18 AEST",
      "Thu, 18 Aug 2050 02:01:18 +0000",
      "Thu, 18 Aug 2050 02:01:18",
      "Thu, 18 Aug 2050 02:01:18 GMT ",
      "Thu, 18 Aug 2050 02:01:18 GMTx",
      "Thu, 18 Aug 50 02:01:18 GMT",
      "Thu 18 Aug 2050 02:01:18 GMT",
      "Thu, 18  Aug  2050 02:01:18 GMT",
      "Thu, 18-Aug-2050 02:01:18 GMT",
      "Thu, 18 Aug 2050 02.01.18 GMT",
      "Thu, 18 Aug 2050 2:01:18 GMT",
      "Thu, 8 Aug 2050 02:01:18 GMT",
      "Thu, 30 Feb 2050 02:01:18 GMT",
      "Thu, 29 Feb 2023 02:01:18 GMT",
      "Thu, 00 Aug 2050 02:01:18 GMT",
      "Thu, 18 Aug 2050 24:01:18 GMT",
      "Thu, 18 Aug 2050 02:60:18 GMT",
      "Thu, 18 Aug 2050 02:01:61 GMT",
      "Xyz, 18 Aug 2050 02:01:18 GMT",
      "Thu, 18 Xyz 2050 02:01:18 GMT",
      "Thu Aug 8 02:01:18 2050",
      "Thu, 18-Aug-50 02:01:18 GMT",
      "Thursday, 18 Aug 2050 02:01:18 GMT",
  };
  for (const char* row : rows) EXPECT_FALSE(parse_date(row, kToday).has_value()) << row;
}

TEST(Date, WhatIsWrittenIsReadBackToTheSecond) {
  EXPECT_EQ(DateText(at(1994, 11, 6, 8, 49, 37)).view(), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(DateText(Instant::min()).view(), "Sat, 01 Jan 0000 00:00:00 GMT");
  EXPECT_EQ(DateText(Instant::max()).view(), "Fri, 31 Dec 9999 23:59:59 GMT");
  std::mt19937_64 dice(1);
  std::uniform_int_distribution<std::int64_t> microseconds_of(at(0, 1, 1, 0, 0, 0).time_since_epoch().count(),
                                                              at(9999, 12, 31, 23, 59, 59).time_since_epoch().count());
  for (int i = 0; i < 20000; ++i) {
    const Instant instant{Duration(microseconds_of(dice))};
    const DateText text(instant);
    ASSERT_EQ(parse_date(text.view(), kToday), floor<seconds>(instant)) << text.view();
  }
}

}  // namespace
}  // namespace freshet::http
