#include "http/answer.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

#define DATED "Date: Thu, 01 Jan 2026 00:00:00 GMT\n"
#define DATE_LINE "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"

TEST(Answer, IsTheStoredBlockAndItsAge) {
  const StoredSample stored("Cache-Control: max-age=60\nAge: 5\nX: y\nContent-Length: 10\n" DATED);
  std::string out;
  append_answer_fields(out, stored.head(), Seconds{42});
  EXPECT_EQ(out, "Cache-Control: max-age=60\r\nX: y\r\n" DATE_LINE "Age: 42\r\n") << "one Age, not two";
}

TEST(Answer, OfARangeHasOneContentRangeWhateverTheOriginSent) {
  const StoredSample stored("Cache-Control: max-age=60\nContent-Range: bytes 7-8/9\nX: y\n" DATED);
  std::string out;
  append_range_answer_fields(out, stored.head(), Seconds{42});
  EXPECT_EQ(out, "Cache-Control: max-age=60\r\nX: y\r\n" DATE_LINE "Age: 42\r\n");
}

TEST(Answer, OfA304HasWhatTheRfcAsksFor) {
  const StoredSample tagged(
      "Cache-Control: max-age=60\nContent-Location: /x\nContent-Type: a/b\nETag: \"a\"\nExpires: 0\nVary: Accept\n"
      "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\nSet-Cookie: a=b\n" DATED);
  std::string out;
  append_not_modified_fields(out, tagged.head(), Seconds{1});
  EXPECT_EQ(
      out,
      "Cache-Control: max-age=60\r\nContent-Location: /x\r\nETag: \"a\"\r\nExpires: 0\r\nVary: Accept\r\n" DATE_LINE
      "Age: 1\r\n");
  const StoredSample dated("Cache-Control: max-age=60\nLast-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n" DATED);
  out.clear();
  append_not_modified_fields(out, dated.head(), Seconds{1});
  EXPECT_NE(out.find("Last-Modified: "), std::string::npos);
}

TEST(Answer, WritesRanges) {
  std::string out;
  append_content_range(out, {0, 4}, 10);
  append_content_range(out, {5, 18446744073709551614U}, std::nullopt);
  append_unsatisfied_range(out, 10);
  EXPECT_EQ(out,
            "Content-Range: bytes 0-4/10\r\nContent-Range: bytes 5-18446744073709551614/*\r\n"
            "Content-Range: bytes */10\r\n");
  out.clear();
  append_part_head(out, "xyz", "text/plain", {0, 0}, 3);
  out += "a";
  append_part_head(out, "xyz", "", {2, 2}, 3);
  out += "c";
  append_part_end(out, "xyz");
  EXPECT_EQ(out,
            "\r\n--xyz\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-0/3\r\n\r\na"
            "\r\n--xyz\r\nContent-Range: bytes 2-2/3\r\n\r\nc\r\n--xyz--\r\n");
}

}  // namespace
}  // namespace freshet::http
