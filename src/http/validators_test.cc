#include "http/validators.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

TEST(EntityTags, AreTakenToTheLetter) {
  for (const char* good : {"\"\"", "\"abc\"", "W/\"abc\"", "\"a,b\"", "\"a\\\"", "\"abcdef\xc3\xbc\"", "W/\"\""}) {
    EXPECT_TRUE(is_entity_tag(good)) << good;
  }
  for (const char* bad : {"", "\"", "abc", "w/\"abc\"", "W\"abc\"", "W\\\"abc\"", "\"a\"b\"", "\"a b\"", "'a'", "W/abc",
                          "\"a\x7f\"", "*", "\"a\" "}) {
    EXPECT_FALSE(is_entity_tag(bad)) << bad;
  }
}

TEST(EntityTags, CompareAsInTheTableOfTheRfc) {
  struct Row {
    const char* a;
    const char* b;
    bool strong;
    bool weak;
  };
  const Row rows[] = {
      {"W/\"1\"", "W/\"1\"", false, true},
      {"W/\"1\"", "W/\"2\"", false, false},
      {"W/\"1\"", "\"1\"", false, true},
      {"\"1\"", "\"1\"", true, true},
      {"\"A\"", "\"a\"", false, false},
      {"1", "1", false, false},
      {"", "", false, false},
      {"W/W/\"1\"", "W/\"1\"", false, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(strongly_equal(row.a, row.b), row.strong) << row.a << " " << row.b;
    EXPECT_EQ(weakly_equal(row.a, row.b), row.weak) << row.a << " " << row.b;
    EXPECT_EQ(weakly_equal(row.b, row.a), row.weak) << row.a << " " << row.b;
  }
}

TEST(EntityTags, AreLookedForInAllOfIfNoneMatch) {
  struct Row {
    const char* lines;
    const char* tag;
    bool matches;
  };
  const Row rows[] = {
      {"If-None-Match: \"a\"", "\"a\"", true},
      {"If-None-Match: \"a\", \"b\", \"c\"", "\"b\"", true},
      {"If-None-Match: \"a\"\nIf-None-Match: \"b\"", "\"b\"", true},
      {"If-None-Match: W/\"a\"", "\"a\"", true},
      {"If-None-Match: \"a,b\"", "\"a,b\"", true},
      {"If-None-Match: \"a,b\"", "\"b\"", false},
      {"If-None-Match: *", "", true},
      {"If-None-Match: \"*\"", "", false},
      {"If-None-Match: a", "\"a\"", false},
      {"If-None-Match: a", "a", false},
      {"If-None-Match: ", "", false},
      {"", "\"a\"", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(matches_if_none_match(Lines(row.lines), row.tag), row.matches) << row.lines;
  }
}

TEST(Validators, AreThoseThatAreValid) {
  const Lines good("ETag: W/\"a\"\nLast-Modified: Wed, 31 Dec 2025 00:00:00 GMT");
  EXPECT_EQ(validators(good, kNow).etag, "W/\"a\"");
  EXPECT_EQ(validators(good, kNow).modified_at, kNow - Seconds{86400});
  const Lines bad("ETag: a\nLast-Modified: 0");
  EXPECT_FALSE(validators(bad, kNow).any());
}

TEST(Validators, ThatAreDatesAreStrongWhenTheResponseIsClearlyLater) {
  EXPECT_TRUE(is_strong_date(kNow, kNow + Seconds{60}));
  EXPECT_FALSE(is_strong_date(kNow, kNow + Seconds{59}));
  EXPECT_FALSE(is_strong_date(kNow, kNow - Seconds{1}));
}

}  // namespace
}  // namespace freshet::http
