#include "http/conditional.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

#define TAG "Cache-Control: max-age=60\nETag: \"a\"\n"
#define DAY "Cache-Control: max-age=60\nLast-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n"

TEST(Precondition, FollowsTheTable) {
  struct Row {
    const char* stored;
    const char* request;
    bool not_modified;
  };
  const Row rows[] = {
      {TAG, "", false},
      {TAG, "If-None-Match: \"a\"", true},
      {TAG, "If-None-Match: \"b\"", false},
      {TAG, "If-None-Match: \"x\", \"a\"", true},
      {TAG, "If-None-Match: *", true},
      {"Cache-Control: max-age=60\nETag: W/\"a\"", "If-None-Match: W/\"a\"", true},
      {"Cache-Control: max-age=60\nETag: W/\"a\"", "If-None-Match: \"a\"", true},
      {"Cache-Control: max-age=60\nETag: a", "If-None-Match: a", false},
      {"Cache-Control: max-age=60", "If-None-Match: \"a\"", false},
      // RFC 9110 section 13.2.2: If-None-Match goes before If-Modified-Since, in both directions.
      {DAY "ETag: \"a\"", "If-None-Match: \"a\"\nIf-Modified-Since: Tue, 30 Dec 2025 00:00:00 GMT", true},
      {DAY "ETag: \"a\"", "If-None-Match: \"b\"\nIf-Modified-Since: Wed, 31 Dec 2025 00:00:00 GMT", false},
      {DAY, "If-None-Match: \"b\"\nIf-Modified-Since: Wed, 31 Dec 2025 00:00:00 GMT", false},
      {DAY, "If-Modified-Since: Wed, 31 Dec 2025 00:00:00 GMT", true},
      {DAY, "If-Modified-Since: Wed, 31 Dec 2025 00:00:01 GMT", true},
      {DAY, "If-Modified-Since: Tue, 30 Dec 2025 23:59:59 GMT", false},
      {DAY, "If-Modified-Since: Wednesday, 31-Dec-25 00:00:00 GMT", true},
      {DAY, "If-Modified-Since: Wed Dec 31 00:00:00 2025", true},
      // RFC 9110 section 13.1.3: what is no single date is ignored.
      {DAY, "If-Modified-Since: Wed, 31 Dec 2025 00:00:00", false},
      {DAY, "If-Modified-Since: 0", false},
      {DAY, "If-Modified-Since: Wed, 31 Dec 2025 00:00:00 GMT\nIf-Modified-Since: Wed, 31 Dec 2025 00:00:00 GMT",
       false},
      // RFC 9111 section 4.3.2: without Last-Modified, Date decides, or when it came.
      {"Cache-Control: max-age=60\nDate: Wed, 31 Dec 2025 23:59:30 GMT",
       "If-Modified-Since: Wed, 31 Dec 2025 23:59:30 GMT", true},
      {"Cache-Control: max-age=60\nDate: Wed, 31 Dec 2025 23:59:30 GMT",
       "If-Modified-Since: Wed, 31 Dec 2025 23:59:29 GMT", false},
      {"Cache-Control: max-age=60", "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT", true},
      {"Cache-Control: max-age=60", "If-Modified-Since: Wed, 31 Dec 2025 23:10:00 GMT", false},
      // For the origin only.
      {TAG, "If-Match: \"b\"", false},
      {DAY, "If-Unmodified-Since: Tue, 30 Dec 2025 00:00:00 GMT", false},
  };
  for (const Row& row : rows) {
    const StoredSample stored(row.stored);
    const Lines fields(row.request);
    for (const char* method : {"GET", "HEAD"}) {
      const Precondition got = evaluate(with_method(method, fields), stored.head(), kNow);
      EXPECT_EQ(got == Precondition::not_modified, row.not_modified) << row.stored << " | " << row.request;
    }
    EXPECT_EQ(evaluate(with_method("POST", fields), stored.head(), kNow), Precondition::proceed);
  }
}

TEST(Precondition, MeansNothingToAnErrorOrARedirect) {
  const Lines fields("If-None-Match: \"a\"");
  EXPECT_EQ(evaluate(get(fields), StoredSample(TAG, 404).head(), kNow), Precondition::proceed);
  EXPECT_EQ(evaluate(get(fields), StoredSample(TAG, 301).head(), kNow), Precondition::proceed);
}

TEST(Selection, OfAStoredResponseFollowsTheTable) {
  struct Row {
    const char* stored;
    const char* request;
    const char* ranges;
  };
  const Row rows[] = {
      {TAG, "", "whole"},
      {TAG, "Range: bytes=0-1", "0-1 "},
      {TAG, "Range: bytes=8-", "8-9 "},
      {TAG, "Range: bytes=-1", "9-9 "},
      {TAG, "Range: bytes=10-", "unsatisfiable"},
      {TAG, "Range: bytes=0-1\nRange: bytes=2-3", "whole"},
      {TAG, "Range: bytes=0-1\nIf-Range: \"a\"", "0-1 "},
      {TAG, "Range: bytes=0-1\nIf-Range: \"b\"", "whole"},
      {TAG, "Range: bytes=0-1\nIf-Range: W/\"a\"", "whole"},
      {TAG, "Range: bytes=0-1\nIf-Range: *", "whole"},
      {TAG, "Range: bytes=0-1\nIf-Range: \"a\"\nIf-Range: \"a\"", "whole"},
      {"Cache-Control: max-age=60\nETag: W/\"a\"", "Range: bytes=0-1\nIf-Range: W/\"a\"", "whole"},
      {DAY, "Range: bytes=0-1\nIf-Range: Wed, 31 Dec 2025 00:00:00 GMT", "0-1 "},
      {DAY, "Range: bytes=0-1\nIf-Range: Wed, 31 Dec 2025 00:00:01 GMT", "whole"},
      {DAY, "Range: bytes=10-\nIf-Range: Wed, 31 Dec 2025 00:00:01 GMT", "whole"},
      // Too close to its Date to be strong (RFC 9110 section 8.8.2.2).
      {"Cache-Control: max-age=60\nLast-Modified: Wed, 31 Dec 2025 23:59:30 GMT",
       "Range: bytes=0-1\nIf-Range: Wed, 31 Dec 2025 23:59:30 GMT", "whole"},
  };
  for (const Row& row : rows) {
    const StoredSample stored(row.stored);
    const Lines fields(row.request);
    const Selection got = selection(get(fields), stored.head(), Rules::rfc(), kNow);
    std::string text;
    if (got.kind == Selection::Kind::whole) text = "whole";
    if (got.kind == Selection::Kind::unsatisfiable) text = "unsatisfiable";
    for (const ByteRange& range : got.ranges()) {
      text += std::to_string(range.first) + "-" + std::to_string(range.last) + " ";
    }
    EXPECT_EQ(text, row.ranges) << row.stored << " | " << row.request;
  }
  const Lines range("Range: bytes=0-1");
  EXPECT_EQ(selection(with_method("HEAD", range), StoredSample(TAG).head(), {}, kNow).kind, Selection::Kind::whole);
  EXPECT_EQ(selection(get(range), StoredSample(TAG, 404).head(), {}, kNow).kind, Selection::Kind::whole);
}

TEST(Conditions, RepeatTheStoredValidatorsByteByByte) {
  const StoredSample both("ETag: W/\"x\"\nLast-Modified: Wednesday, 31-Dec-25 00:00:00 GMT");
  const StoredHead both_head = both.head();
  const Conditions conditions(both_head);
  ASSERT_EQ(conditions.fields().size(), 2u);
  EXPECT_EQ(find(conditions.fields(), "If-None-Match"), "W/\"x\"");
  EXPECT_EQ(find(conditions.fields(), "If-Modified-Since"), "Wednesday, 31-Dec-25 00:00:00 GMT");
  const StoredSample none("Cache-Control: max-age=60\nETag: x\nLast-Modified: 0");
  EXPECT_TRUE(Conditions(none.head()).fields().empty());
}

TEST(Conditions, TakeThePlaceOfTheClients) {
  const StoredSample whole(TAG);
  for (const char* name : {"If-None-Match", "if-modified-since", "Range", "If-Range"}) {
    EXPECT_TRUE(is_replaced_when_validating(whole.head(), name)) << name;
  }
  for (const char* name : {"If-Match", "If-Unmodified-Since", "Accept", "Cookie", "Cache-Control"}) {
    EXPECT_FALSE(is_replaced_when_validating(whole.head(), name)) << name;
  }
  const StoredSample part(TAG "Content-Range: bytes 0-4/10", 206, Rules::rfc(), "Range: bytes=0-4", 5);
  EXPECT_FALSE(is_replaced_when_validating(part.head(), "Range"));
  EXPECT_TRUE(is_replaced_when_validating(part.head(), "If-None-Match"));
}

}  // namespace
}  // namespace freshet::http
