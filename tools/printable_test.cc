#include "printable.h"

#include <gtest/gtest.h>
#include <set>

namespace freshet::tools {
namespace {

using namespace std::string_literals;

TEST(Printable, TextStaysAndBytesThatATerminalObeysDoNot) {
  EXPECT_EQ(printable("product:42 \"x\""), "product:42 \"x\"");
  EXPECT_EQ(printable("Zürich 東京 😀"), "Zürich 東京 😀");
  EXPECT_EQ(printable("shop@v2\0key"s), "shop@v2\\x00key");
  EXPECT_EQ(printable("\x1b[2J\n\t\r\x7f"), "\\x1b[2J\\n\\t\\r\\x7f");
  EXPECT_EQ(printable("a\\x00"), "a\\\\x00");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b") << "the C1 control that begins a sequence";
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae") << "right-to-left override";
}

TEST(Printable, BytesThatAreNotUtf8AreShownOneByOne) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3");
  EXPECT_EQ(printable("\xc0\x80"), "\\xc0\\x80") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond the last character";
}

TEST(Printable, DifferentBytesGiveDifferentTexts) {
  std::set<std::string> seen;
  std::size_t made = 0;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b, ++made)
      seen.insert(printable(std::string{static_cast<char>(a), static_cast<char>(b)}));
  }
  EXPECT_EQ(seen.size(), made);
}

}  // namespace
}  // namespace freshet::tools
