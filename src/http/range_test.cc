#include "http/range.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace freshet::http {
namespace {

std::string text(const Selection& selection) {
  if (selection.kind == Selection::Kind::whole) return "whole";
  if (selection.kind == Selection::Kind::unsatisfiable) return "unsatisfiable";
  std::string out;
  for (const ByteRange& range : selection.ranges()) {
    out += std::to_string(range.first) + "-" + std::to_string(range.last) + " ";
  }
  return out;
}

TEST(Ranges, FollowTheTable) {
  struct Row {
    const char* range;
    std::uint64_t length;
    const char* expected;
  };
  const Row rows[] = {
      {"bytes=0-4", 10, "0-4 "},
      {"bytes=0-9", 10, "0-9 "},
      {"bytes=0-10", 10, "0-9 "},
      {"bytes=9-9", 10, "9-9 "},
      {"bytes=5-", 10, "5-9 "},
      {"bytes=-3", 10, "7-9 "},
      {"bytes=-10", 10, "0-9 "},
      {"bytes=-99", 10, "0-9 "},
      {"Bytes=0-4", 10, "0-4 "},
      {"bytes= 0-4 , 6-7", 10, "0-4 6-7 "},
      {"bytes=,0-4,,", 10, "0-4 "},
      {"bytes=6-7,0-4", 10, "6-7 0-4 "},
      // Behind the end.
      {"bytes=10-", 10, "unsatisfiable"},
      {"bytes=10-11", 10, "unsatisfiable"},
      {"bytes=-0", 10, "unsatisfiable"},
      {"bytes=0-", 0, "unsatisfiable"},
      {"bytes=-1", 0, "unsatisfiable"},
      {"bytes=0-0,20-30", 10, "0-0 "},
      // Section 14.2: ignored.
      {"", 10, "whole"},
      {"bytes", 10, "whole"},
      {"bytes=", 10, "whole"},
      {"bytes=,", 10, "whole"},
      {"bytes=-", 10, "whole"},
      {"bytes=4-0", 10, "whole"},
      {"bytes=0-4,x", 10, "whole"},
      {"bytes=a-b", 10, "whole"},
      {"bytes=0-+4", 10, "whole"},
      {"bytes=--4", 10, "whole"},
      {"bytes=0x0-4", 10, "whole"},
      {"bytes =0-4", 10, "whole"},
      {"bytes=0 -4", 10, "whole"},
      {"bytess=0-4", 10, "whole"},
      {"lines=0-4", 10, "whole"},
      {"bytes:0-4", 10, "whole"},
      // CVE-2017-7529 and its kin: numbers beyond all bounds.
      {"bytes=0-18446744073709551615", 10, "0-9 "},
      {"bytes=0-99999999999999999999999", 10, "0-9 "},
      {"bytes=-18446744073709551615", 10, "0-9 "},
      {"bytes=-99999999999999999999999", 10, "0-9 "},
      {"bytes=18446744073709551615-", 10, "unsatisfiable"},
      {"bytes=99999999999999999999999-", 10, "unsatisfiable"},
      {"bytes=99999999999999999999999-5", 10, "whole"},
      {"bytes=18446744073709551614-18446744073709551615", UINT64_MAX, "18446744073709551614-18446744073709551614 "},
      {"bytes=-9223372036854775608,-18446744073709551615", 1024, "0-1023 "},
      // CVE-2011-3192: what overlaps or touches is one.
      {"bytes=0-4,5-6", 10, "0-6 "},
      {"bytes=0-4,3-6", 10, "0-6 "},
      {"bytes=5-6,0-4", 10, "0-6 "},
      {"bytes=0-,0-0,0-1,0-2,0-3", 10, "0-9 "},
      {"bytes=8-9,0-1,1-2", 10, "0-2 8-9 "},
      {"bytes=0-0,2-2,4-4,6-6,8-8,1-1", 10, "0-2 4-4 6-6 8-8 "},
  };
  for (const Row& row : rows) EXPECT_EQ(text(select_ranges(row.range, row.length, {})), row.expected) << row.range;
}

TEST(Ranges, BeyondTheCapMeanTheWhole) {
  std::string many = "bytes=0-0";
  for (int i = 1; i < 16; ++i) many += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  EXPECT_EQ(select_ranges(many, 1000, {}).ranges().size(), 16u);
  EXPECT_EQ(text(select_ranges(many + ",500-500", 1000, {})), "whole");
  Rules generous;
  generous.most_ranges = 1000;
  for (int i = 16; i < 33; ++i) many += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  EXPECT_EQ(text(select_ranges(many, 1000, generous)), "whole") << "whatever the rules say, an array has an end";
}

TEST(Ranges, NeverSendMoreBytesThanThereAreNorAnyTwice) {
  std::mt19937 dice(3);
  std::uniform_int_distribution<int> position(-3, 25);
  std::uniform_int_distribution<int> ranges(1, 16);
  for (int i = 0; i < 20000; ++i) {
    std::string line = "bytes=";
    for (int n = ranges(dice); n > 0; --n) {
      const int first = position(dice);
      const int last = position(dice);
      if (first >= 0) line += std::to_string(first);
      line += "-";
      if (last >= 0) line += std::to_string(last);
      line += ",";
    }
    const Selection selection = select_ranges(line, 20, {});
    std::array<int, 20> sent{};
    for (const ByteRange& range : selection.ranges()) {
      ASSERT_LE(range.first, range.last) << line;
      ASSERT_LT(range.last, 20u) << line;
      for (std::uint64_t at = range.first; at <= range.last; ++at) ++sent[at];
    }
    for (const int times : sent) ASSERT_LE(times, 1) << line;
    ASSERT_EQ(selection.kind == Selection::Kind::ranges, !selection.ranges().empty()) << line;
  }
}

TEST(ContentRange, FollowsTheTable) {
  struct Row {
    const char* text;
    const char* expected;
  };
  const Row rows[] = {
      {"bytes 0-4/10", "0-4/10"},
      {"Bytes 4-9/10", "4-9/10"},
      {"bytes 4-9/*", "4-9/*"},
      {"bytes 0-0/1", "0-0/1"},
      {"bytes */10", "none"},
      {"bytes 4-3/10", "none"},
      {"bytes 4-10/10", "none"},
      {"bytes 4-9", "none"},
      {"bytes=4-9/10", "none"},
      {"bytes 4-9/", "none"},
      {"bytes -9/10", "none"},
      {"bytes 4-/10", "none"},
      {"bytes 4 -9/10", "none"},
      {"bytes 0-18446744073709551615/*", "none"},
      {"bytes 0-18446744073709551616/*", "none"},
      {"bytes 0-4/18446744073709551616", "none"},
      {"bytes +0-4/10", "none"},
      {"lines 0-4/10", "none"},
      {"", "none"},
      {"bytes", "none"},
  };
  for (const Row& row : rows) {
    const auto got = parse_content_range(row.text);
    std::string text = "none";
    if (got) {
      text = std::to_string(got->range.first) + "-" + std::to_string(got->range.last) + "/" +
             (got->complete_bytes ? std::to_string(*got->complete_bytes) : "*");
    }
    EXPECT_EQ(text, row.expected) << row.text;
  }
}

TEST(Part, IsWhatCameIfThatIsWhatWasAnnounced) {
  const ContentRange range{{4, 9}, 10};
  EXPECT_EQ(part_of(range, 6, Rules::safe()), (Part{4, 6, 10}));
  EXPECT_EQ(part_of(range, 5, Rules::safe()), std::nullopt);
  EXPECT_EQ(part_of(range, 7, Rules::rfc()), std::nullopt);
  EXPECT_EQ(part_of(range, 0, Rules::rfc()), std::nullopt);
  EXPECT_EQ(part_of(range, 5, Rules::rfc()), (Part{4, 5, 9})) << "what was announced as the end is the end";
  EXPECT_EQ(part_of({{0, 4}, 10}, 3, Rules::rfc()), (Part{0, 3, 10}));
  EXPECT_EQ(part_of({{0, 4}, std::nullopt}, 3, Rules::rfc()), (Part{0, 3, std::nullopt}));
}

TEST(Part, AnswersWhatLiesWhollyWithinIt) {
  const Part part{4, 5, 9};
  const auto within = [&](const char* range) {
    const auto selection = select_within(part, range, {});
    return selection ? text(*selection) : "none";
  };
  EXPECT_EQ(within("bytes=-5"), "4-8 ");
  EXPECT_EQ(within("bytes=6-8"), "6-8 ");
  EXPECT_EQ(within("bytes=6-"), "6-8 ");
  EXPECT_EQ(within("bytes=-1"), "8-8 ");
  EXPECT_EQ(within("bytes=3-5"), "none");
  EXPECT_EQ(within("bytes=-6"), "none");
  EXPECT_EQ(within("bytes=0-"), "none");
  EXPECT_EQ(within("bytes=9-"), "none");
  EXPECT_EQ(within("nonsense"), "none");
  EXPECT_EQ(select_within({4, 5, std::nullopt}, "bytes=4-5", {}), std::nullopt) << "the end is not known";
}

TEST(Part, KnowsTheOnePieceThatIsMissing) {
  const auto missing = [](const Part& part) {
    const auto piece = missing_piece(part);
    if (!piece) return std::string("none");
    return std::to_string(piece->first) + "-" + (piece->last ? std::to_string(*piece->last) : "");
  };
  EXPECT_EQ(missing({0, 5, 10}), "5-");
  EXPECT_EQ(missing({0, 5, std::nullopt}), "5-");
  EXPECT_EQ(missing({5, 5, 10}), "0-4");
  EXPECT_EQ(missing({0, 10, 10}), "none");
  EXPECT_EQ(missing({3, 5, 10}), "none");
  EXPECT_EQ(missing({3, 5, std::nullopt}), "none");
}

TEST(Parts, JoinWithoutAGap) {
  const auto joined = [](const Part& a, const Part& b) {
    const auto got = join(a, b);
    if (!got) return std::string("none");
    return std::to_string(got->part.first) + "+" + std::to_string(got->part.bytes) + " skip " +
           std::to_string(got->skip_in_second) + (got->a_comes_first ? " a" : " b");
  };
  EXPECT_EQ(joined({0, 5, 10}, {5, 5, 10}), "0+10 skip 0 a");
  EXPECT_EQ(joined({5, 5, 10}, {0, 5, 10}), "0+10 skip 0 b");
  EXPECT_EQ(joined({0, 5, 10}, {3, 7, 10}), "0+10 skip 2 a");
  EXPECT_EQ(joined({0, 9, 10}, {3, 2, 10}), "0+9 skip 2 a");
  EXPECT_EQ(joined({0, 5, std::nullopt}, {5, 5, 10}), "0+10 skip 0 a");
  EXPECT_EQ(joined({0, 4, 10}, {5, 5, 10}), "none");
  EXPECT_EQ(joined({0, 5, 10}, {5, 5, 11}), "none");
}

}  // namespace
}  // namespace freshet::http
