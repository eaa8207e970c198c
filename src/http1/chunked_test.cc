#include "http1/chunked.h"

#include "http1/pieces.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::http1 {
namespace {

// "content|what was not consumed", or why not.
std::string decode(const Pieces& pieces, const Limits& limits = {}) {
  ChunkedDecoder decoder(limits);
  std::string content, behind;
  Progress progress = Progress::more;
  for (std::string_view rest : pieces) {
    while (!rest.empty() && progress == Progress::more) {
      const Piece piece = decoder.feed(rest);
      content += piece.content;
      rest.remove_prefix(piece.consumed_bytes);
      progress = piece.progress;
    }
    behind += rest;
  }
  if (progress == Progress::more) return "more after " + content;
  if (progress == Progress::bad) return std::string(word(decoder.refusal()));
  return content + "|" + behind;
}

TEST(Chunked, ContentIsTheSameWhateverThePieces) {
  struct Row {
    std::string bytes;
    std::string expected;
  };
  const Row rows[] = {
      {"0\r\n\r\n", "|"},
      {"5\r\nhello\r\n0\r\n\r\nGET", "hello|GET"},
      {"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n", "hello, world|"},
      {"A\r\n0\r\n\r\n\r\n\r\n\r\r\n0\r\n\r\n", "0\r\n\r\n\r\n\r\n\r|"},
      {"00000000000000ff\r\n" + std::string(255, 'x') + "\r\n0000\r\n\r\n", std::string(255, 'x') + "|"},
      {"5;a\r\nhello\r\n0;b=\"c\"\r\n\r\n", "hello|"},
      {"5 \t; a = b \r\nhello\r\n0\r\n\r\n", "hello|"},
      {"5\r\nhello\r\n0\r\nA: b\r\nC:\r\n\r\nrest", "hello|rest"},
      {"7fffffffffffffff\r\nhello", "more after hello"},
      {"5\r\nhello\r\n0\r\n", "more after hello"},
      {"8000000000000000\r\n", "bad_chunk_size"},
      {"10000000000000000\r\n", "bad_chunk_size"},
      {"5x\r\n", "bad_chunk_size"},
      {"5 x\r\n", "bad_chunk_extension"},
      {"5;\x7f\r\n", "bad_chunk_extension"},
      {"5\r\nhello!", "bad_chunk_end"},
      {"0\r\nA b: c\r\n\r\n", "bad_trailer"},
      {"0\r\n: c\r\n\r\n", "bad_trailer"},
      {std::string("0\r\nA: \0\r\n\r\n", 11), "bad_trailer"},
  };
  for (const Row& row : rows) {
    each_split(row.bytes, [&](const Pieces& pieces) {
      EXPECT_EQ(decode(pieces), row.expected) << row.bytes << "\n" << to_string(pieces);
    });
  }
}

TEST(Chunked, ExtensionsAndTrailersHaveALimitForTheWholeBody) {
  Limits limits;
  limits.most_chunk_extension_bytes = 4;
  limits.most_trailer_bytes = 12;  // CR counts, LF does not
  EXPECT_EQ(decode({"1;a\r\nx\r\n1;b\r\ny\r\n0\r\n\r\n"}, limits), "xy|");
  EXPECT_EQ(decode({"1;a\r\nx\r\n1;b\r\ny\r\n0;\r\n\r\n"}, limits), "chunk_extensions_too_large");
  EXPECT_EQ(decode({"0;abcd\r\n\r\n"}, limits), "chunk_extensions_too_large");
  EXPECT_EQ(decode({"0\r\nA: bcdefgh\r\n\r\n"}, limits), "|");
  EXPECT_EQ(decode({"0\r\nA: bcd\r\nE:fg\r\n\r\n"}, limits), "|");
  EXPECT_EQ(decode({"0\r\nA: bcd\r\nE: fgh\r\n\r\n"}, limits), "trailers_too_large");
}

TEST(Chunked, ContentIsAViewOfTheInputAndTheNextMessageStaysThere) {
  ChunkedDecoder decoder{Limits{}};
  const std::string_view in = "5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
  const Piece first = decoder.feed(in);
  EXPECT_EQ(first.content.data(), in.data() + 3);
  EXPECT_EQ(first.consumed_bytes, 8U);
  const Piece last = decoder.feed(in.substr(8));
  EXPECT_EQ(last.progress, Progress::done);
  EXPECT_EQ(8 + last.consumed_bytes, in.find("GET"));
  EXPECT_EQ(decoder.feed("GET").consumed_bytes, 0U);
  EXPECT_EQ(decoder.feed("GET").progress, Progress::done);
}

TEST(Chunked, WhatIsBadStaysBad) {
  ChunkedDecoder decoder{Limits{}};
  EXPECT_EQ(decoder.feed("x").progress, Progress::bad);
  EXPECT_EQ(decoder.feed("0\r\n\r\n").progress, Progress::bad);
  EXPECT_EQ(decoder.refusal(), Refusal::bad_chunk_size);
}

TEST(Chunked, ChunksThatAreWrittenAreReadAgain) {
  EXPECT_EQ(ChunkHead(1).view(), "1\r\n");
  EXPECT_EQ(ChunkHead(0xabcdef).view(), "abcdef\r\n");
  EXPECT_EQ(ChunkHead(UINT64_MAX).view(), "ffffffffffffffff\r\n");
  std::string out;
  append_chunk(out, "hello");
  append_chunk(out, "");
  append_chunk(out, std::string(4096, 'x'));
  out += kLastChunk;
  EXPECT_EQ(decode({out}), "hello" + std::string(4096, 'x') + "|");
}

}  // namespace
}  // namespace freshet::http1
