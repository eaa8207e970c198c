#include "trace_input.h"

#include "temporary_file.h"

#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>

namespace freshet::tools {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  std::string in(text);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string xz(std::string_view text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                                    text.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  out.resize(size);
  return out;
}

std::string all_of(std::string_view bytes) {
  const TemporaryFile file(bytes);
  TraceInput input(file.path());
  std::string out;
  std::string some(1000, '\0');
  while (const std::size_t got = input.read(some)) out.append(some, 0, got);
  return out;
}

std::vector<std::string> lines_of(std::string_view bytes) {
  const TemporaryFile file(bytes);
  TraceInput input(file.path());
  std::vector<std::string> lines;
  for (std::string_view line; input.read_line(line);) lines.emplace_back(line);
  EXPECT_EQ(input.line_number(), lines.size());
  return lines;
}

std::string refusal_of(std::string_view bytes) {
  try {
    all_of(bytes);
  } catch (const TraceError& error) {
    return error.what();
  }
  return "none";
}

// More than the input's buffer, and not the same all over.
std::string much() {
  std::string text;
  for (std::uint64_t i = 0; text.size() < 700'000; ++i) text += std::to_string(i * 7919 % 100'003) + '\n';
  return text;
}

TEST(TraceInput, PlainGzipAndXzGiveTheSameBytes) {
  for (const std::string& text : {std::string(), std::string("7\n"), much()}) {
    EXPECT_EQ(all_of(text), text);
    EXPECT_EQ(all_of(gzip(text)), text);
    EXPECT_EQ(all_of(xz(text)), text);
  }
}

TEST(TraceInput, SeveralCompressedFilesInARowAreReadAsOne) {
  EXPECT_EQ(all_of(gzip("1\n") + gzip("") + gzip("2\n")), "1\n2\n");
  EXPECT_EQ(all_of(xz("1\n") + xz("2\n")), "1\n2\n");
}

TEST(TraceInput, ACompressedFileThatIsCutAnywhereIsRefusedAndSaysSo) {
  for (const std::string& whole : {gzip("1\n2\n3\n"), xz("1\n2\n3\n")}) {
    for (std::size_t size = 6; size < whole.size(); ++size) {
      const std::string why = refusal_of(whole.substr(0, size));
      EXPECT_NE(why.find("ends in the middle; fetch or copy it again"), std::string::npos) << size << ": " << why;
    }
  }
}

TEST(TraceInput, ADamagedCompressedFileIsRefused) {
  const std::string text = much();
  for (std::string bytes : {gzip(text), xz(text)}) {
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
    EXPECT_NE(refusal_of(bytes).find("is damaged"), std::string::npos) << refusal_of(bytes);
  }
  EXPECT_NE(refusal_of(gzip("1\n") + "garbage").find("is damaged"), std::string::npos);
}

TEST(TraceInput, OtherCompressionsAreNamedWithTheWayOut) {
  for (const auto& [magic, program] : {std::pair("\x28\xb5\x2f\xfd----", "zstd"), std::pair("BZh91AY&", "bzip2")}) {
    const std::string why = refusal_of(magic);
    EXPECT_NE(why.find(std::string("compressed by ") + program), std::string::npos) << why;
    EXPECT_NE(why.find("unpack it into a pipe"), std::string::npos) << why;
  }
}

TEST(TraceInput, WhatCannotBeOpenedOrReadIsNamed) {
  EXPECT_THROW(TraceInput("/no/such\x1b file"), TraceError);
  try {
    TraceInput("/no/such\x1b file");
  } catch (const TraceError& error) {
    EXPECT_EQ(std::string(error.what()),
              "/no/such\\x1b file: cannot be opened: No such file or directory; check the path");
  }
  EXPECT_THROW(TraceInput("/tmp"), TraceError) << "a folder";
}

TEST(TraceInput, LinesEndInEitherWayAndTheLastNeedsNoEnd) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(lines_of("a\nb\r\n\n c"), (Lines{"a", "b", "", " c"}));
  EXPECT_EQ(lines_of("a\n"), Lines{"a"});
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n"), Lines{""});
}

TEST(TraceInput, ALineLongerThanTheBufferIsCutAndTheNextOneIsWhole) {
  const std::string longest(3'000'000, 'x');
  const std::vector<std::string> lines = lines_of("first\n" + longest + "\nlast");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1], longest.substr(0, TraceInput::kMaxLineBytes));
  EXPECT_EQ(lines[2], "last");
  EXPECT_EQ(lines_of(longest).size(), 1U);
}

TEST(TraceInput, LookingAheadTakesNothing) {
  const TemporaryFile file("12\n34\n");
  TraceInput input(file.path());
  EXPECT_EQ(input.peek(), "12\n34\n");
  std::string_view line;
  EXPECT_TRUE(input.read_line(line));
  EXPECT_EQ(line, "12");
  EXPECT_EQ(input.peek(), "34\n");
}

}  // namespace
}  // namespace freshet::tools
