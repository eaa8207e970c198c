#include "http1/body_reader.h"

#include "http1/pieces.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::http1 {
namespace {

// "content|what was not consumed", with " and closed" where only the connection's end told; or why not.
std::string read(const Body& body, const Pieces& pieces) {
  BodyReader reader(body, {});
  std::string content, behind;
  for (std::string_view rest : pieces) {
    while (!rest.empty() && reader.progress() == Progress::more) {
      const Piece piece = reader.feed(rest);
      content += piece.content;
      rest.remove_prefix(piece.consumed_bytes);
    }
    behind += rest;
  }
  EXPECT_EQ(reader.content_bytes(), content.size());
  const bool by_itself = reader.done();
  if (reader.end_of_input() == Progress::bad) return std::string(word(reader.refusal()));
  return content + "|" + behind + (by_itself ? "" : " and closed");
}

TEST(BodyReader, EveryFramingEndsWhereItSaysWhateverThePieces) {
  struct Row {
    Body body;
    std::string_view bytes;
    std::string_view expected;
  };
  const Row rows[] = {
      {{Framing::none, 0}, "GET", "|GET"},
      {{Framing::length, 0}, "GET", "|GET"},
      {{Framing::length, 5}, "helloGET", "hello|GET"},
      {{Framing::length, 5}, "hell", "body_cut_short"},
      {{Framing::length, INT64_MAX}, "hello", "body_cut_short"},
      {{Framing::chunked, 0}, "5\r\nhello\r\n0\r\n\r\nGET", "hello|GET"},
      {{Framing::chunked, 0}, "5\r\nhello\r\n0\r\n\r", "body_cut_short"},
      {{Framing::chunked, 0}, "5\r\nhello\r\n", "body_cut_short"},
      {{Framing::chunked, 0}, "5\nhello", "bare_lf"},
      {{Framing::until_close, 0}, "hello", "hello| and closed"},
  };
  for (const Row& row : rows) {
    each_split(row.bytes, [&](const Pieces& pieces) {
      EXPECT_EQ(read(row.body, pieces), row.expected) << row.bytes << "\n" << to_string(pieces);
    });
  }
}

TEST(BodyReader, ABodyThatNeverBeganIsCutShortToo) {
  EXPECT_EQ(read({Framing::length, 5}, {}), "body_cut_short");
  EXPECT_EQ(read({Framing::chunked, 0}, {}), "body_cut_short");
  EXPECT_EQ(read({Framing::until_close, 0}, {}), "| and closed");
  EXPECT_EQ(read({Framing::length, 0}, {}), "|");
}

TEST(BodyReader, BytesThatWentAnotherWayCount) {
  BodyReader reader({Framing::length, 10}, {});
  EXPECT_EQ(reader.feed("abc").content, "abc");
  EXPECT_EQ(reader.length_left(), 7U);
  reader.skip(4);
  EXPECT_EQ(reader.progress(), Progress::more);
  EXPECT_EQ(reader.feed("hijGET").content, "hij");
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.content_bytes(), 10U);

  BodyReader all({Framing::length, 10}, {});
  all.skip(UINT64_MAX);
  EXPECT_TRUE(all.done());
  EXPECT_EQ(all.content_bytes(), 10U);
}

}  // namespace
}  // namespace freshet::http1
