#include "codec/envelope.h"

#include <freshet/describe_content.h>

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace codec;

TEST(DescribeContent, NamesEncodingCompressionAndShape) {
  EXPECT_EQ(describe_content(content_word(Encoding::messagepack, 0x5a3b21) | kZstdBit),
            "MessagePack, zstd, shape 5a3b21");
  EXPECT_EQ(describe_content(content_word(Encoding::raw, 0)), "raw bytes");
  EXPECT_EQ(describe_content(content_word(Encoding::nothing, 0x1)), "a cached nothing, shape 000001");
  EXPECT_EQ(describe_content(content_word(Encoding::error, 0)), "the message of a failed load");
}

TEST(DescribeContent, SaysSoOfAWordThatNoCodecWrote) {
  EXPECT_EQ(describe_content(0), "unknown to this version of Freshet (word 00000000)");
  EXPECT_EQ(describe_content(content_word(Encoding::raw, 0) | kReservedBit),
            "unknown to this version of Freshet (word 18000000)");
}

}  // namespace
}  // namespace freshet
