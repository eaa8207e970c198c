#include "http/grammar.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::http {
namespace {

TEST(Grammar, DeltaSecondsAreDigitsAndSaturate) {
  struct Row {
    const char* text;
    std::int64_t seconds;  // -1: none
  };
  const Row rows[] = {
      {"0", 0},
      {"3600", 3600},
      {"003600", 3600},
      {"2147483647", 2147483647},
      {"2147483648", 2147483648},
      {"2147483649", 2147483648},
      {"99999999999", 2147483648},
      {"99999999999999999999999999999999999999999999", 2147483648},
      {"", -1},
      {"-1", -1},
      {"+1", -1},
      {"1.0", -1},
      {"1 ", -1},
      {" 1", -1},
      {"'1'", -1},
      {"1a", -1},
      {"0x5", -1},
  };
  for (const Row& row : rows) {
    const auto parsed = parse_delta_seconds(row.text);
    EXPECT_EQ(parsed ? parsed->count() : -1, row.seconds) << row.text;
  }
}

TEST(Grammar, LengthsNeverWrapRound) {
  EXPECT_EQ(parse_uint64("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_uint64("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_uint64("99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_uint64("+5"), std::nullopt);
  EXPECT_EQ(parse_uint64("5,5"), std::nullopt);
  EXPECT_EQ(parse_uint64(""), std::nullopt);
}

TEST(Grammar, NoFieldValueCanBeginAnotherLine) {
  EXPECT_TRUE(is_field_value("text/html; charset=\"utf-8\"\t(x)"));
  EXPECT_TRUE(is_field_value("\xc3\xbc obs-text"));
  EXPECT_TRUE(is_field_value(""));
  for (const char bad : {'\r', '\n', '\0', '\x01', '\x1f', '\x7f'}) {
    EXPECT_FALSE(is_field_value(std::string("a") + bad + "Set-Cookie: x=y")) << static_cast<int>(bad);
  }
}

TEST(Grammar, WordsCompareWithoutCaseAndOnlyLettersHaveOne) {
  EXPECT_TRUE(same_word("Cache-Control", "cACHE-cONTROL"));
  EXPECT_FALSE(same_word("a", "ab"));
  // '@' and '`', '[' and '{' differ by the same bit as 'A' and 'a'.
  EXPECT_FALSE(same_word("@", "`"));
  EXPECT_FALSE(same_word("[", "{"));
  EXPECT_FALSE(same_word("\xc4", "\xe4"));
}

TEST(Grammar, TokensAreNeitherEmptyNorSeparated) {
  EXPECT_TRUE(is_token("M-SEARCH"));
  EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const char* bad : {"", "a b", "a:b", "a/b", "a,b", "\"a\"", "a=b", "a\x80"}) EXPECT_FALSE(is_token(bad)) << bad;
}

}  // namespace
}  // namespace freshet::http
