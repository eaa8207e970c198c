#include "http/fields.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

std::string members_of(std::string_view line) {
  std::string out;
  Members members(line);
  while (const auto member = members.next()) out.append("[").append(*member).append("]");
  return out;
}

TEST(Members, FollowTheTable) {
  struct Row {
    const char* line;
    const char* members;
  };
  const Row rows[] = {
      {"", ""},
      {" , ,\t,", ""},
      {"a", "[a]"},
      {" a ,\tb,, c d ", "[a][b][c d]"},
      {"x=\"a, b\", c", "[x=\"a, b\"][c]"},
      {"x=\"a\\\", b\", c", "[x=\"a\\\", b\"][c]"},
      {"W/\"a,b\", \"c\"", "[W/\"a,b\"][\"c\"]"},
      // A mark behind a token opens nothing.
      {"W\"a, b\"", "[W\"a][b\"]"},
      {"foo\"bar, no-store\"", "[foo\"bar][no-store\"]"},
      // An unclosed string hides nothing.
      {"x=\", no-store", "[x=\"][no-store]"},
      {"x=\"\\", "[x=\"\\]"},
      {"x=\"a\", y=\", no-store, z=\"", "[x=\"a\"][y=\", no-store, z=\"]"},
  };
  for (const Row& row : rows) EXPECT_EQ(members_of(row.line), row.members) << row.line;
}

TEST(Members, CostOfALineIsBoundedWhateverQuotationMarksStandInIt) {
  // Each mark would be searched to the end again, if one that stays open were not remembered: 2^32 steps.
  std::string line = "x=\"";
  for (int i = 0; i < 20000; ++i) line += ",\\\"";
  Members members(line);
  std::size_t n = 0;
  while (members.next()) ++n;
  EXPECT_EQ(n, 20001u);
}

TEST(Fields, AreFoundWithoutCaseAndOnAllLines) {
  const Lines lines("Vary: a\nX: 1\nvary: , b , \nVARY: c,d");
  EXPECT_EQ(find(lines, "vary"), "a");
  EXPECT_EQ(find(lines, "Var"), std::nullopt);
  EXPECT_EQ(count(lines, "Vary"), 3u);
  std::string all;
  each_member(lines, "Vary", [&](std::string_view member) { all += member; });
  EXPECT_EQ(all, "abcd");
  EXPECT_TRUE(contains_word(lines, "Vary", "D"));
  EXPECT_FALSE(contains_word(lines, "Vary", "e"));
}

}  // namespace
}  // namespace freshet::http
