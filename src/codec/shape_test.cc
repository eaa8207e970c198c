#include "codec/sample_values.h"

#include <freshet/shape.h>

#include <gtest/gtest.h>

namespace freshet {
namespace {

struct User {
  std::int32_t id;
  std::string name;
};
struct Renamed {
  std::int32_t number;
  std::string title;
};
struct Swapped {
  std::string name;
  std::int32_t id;
};
struct Wider {
  std::int64_t id;
  std::string name;
};
struct Longer {
  std::int32_t id;
  std::string name;
  bool active;
};
struct Outer {
  User user;
};
struct Left;
struct Right {
  std::vector<Left> left;
};
struct Left {
  std::optional<Right> right;
  std::int8_t value;
};

// The digests are stored: a change here makes every stored value a miss.
TEST(Shape, GoldenTextsAndDigests) {
  EXPECT_EQ(shape_text<User>(), "{i32,str}");
  EXPECT_EQ(shape_text<sample::Node>(), "{i32,[opt<^2>]}");
  EXPECT_EQ(shape_text<Left>(), "{opt<{[^3]}>,i8}");
  EXPECT_EQ(
      shape_text<sample::Everything>(),
      "{bool,i8,u16,i64,u64,char,enum<u8>,f32,f64,str,span<1/1000,i64>,time<span<1/1000000000,i64>>,[i16;3],[i32;2],"
      "[bool],[enum<u8>],[{f64,f64}],[str],set<i32>,set<str>,map<str,[i32]>,map<i32,{f64,f64}>,multimap<i32,str>,"
      "(i32,str),(bool,f32,str),opt<opt<i32>>,variant<nil,i32,str,{f64,f64}>,bytes,{i32,[opt<^2>]}}");
  EXPECT_EQ(shape_digest<User>(), 8988U);
  EXPECT_EQ(shape_digest<std::int32_t>(), 15901340U);
}

TEST(Shape, NamesCountForNothing) { EXPECT_EQ(shape_digest<User>(), shape_digest<Renamed>()); }

TEST(Shape, EveryChangeOfAStructChangesTheDigest) {
  const std::set<std::uint32_t> digests{shape_digest<User>(),
                                        shape_digest<Swapped>(),
                                        shape_digest<Wider>(),
                                        shape_digest<Longer>(),
                                        shape_digest<Outer>(),
                                        shape_digest<std::optional<User>>(),
                                        shape_digest<std::tuple<std::int32_t, std::string>>()};
  EXPECT_EQ(digests.size(), 7U);
}

TEST(Shape, TellsScalarsApart) {
  const std::set<std::uint32_t> digests{shape_digest<bool>(),
                                        shape_digest<char>(),
                                        shape_digest<std::int8_t>(),
                                        shape_digest<std::uint8_t>(),
                                        shape_digest<std::int16_t>(),
                                        shape_digest<float>(),
                                        shape_digest<double>(),
                                        shape_digest<sample::Colour>(),
                                        shape_digest<std::chrono::seconds>(),
                                        shape_digest<std::chrono::minutes>(),
                                        shape_digest<std::string>()};
  EXPECT_EQ(digests.size(), 11U);
}

TEST(Shape, OfBytesIsAny) {
  EXPECT_EQ(shape_digest<Bytes>(), kAnyShape);
  EXPECT_NE(shape_digest<std::vector<Bytes>>(), kAnyShape);
}

TEST(Shape, FitsInto24Bits) {
  EXPECT_LT(shape_digest<sample::Everything>(), 1U << 24);
  EXPECT_LT(shape_digest<sample::Node>(), 1U << 24);
}

}  // namespace
}  // namespace freshet
