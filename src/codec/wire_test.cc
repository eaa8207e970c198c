#include "codec/sample_values.h"

#include <freshet/wire.h>

#include <gtest/gtest.h>

namespace freshet {
namespace {

using sample::bytes_of;
using sample::hex;

template <class Write>
std::string written(Write write) {
  std::string out;
  Encoder encoder(out);
  write(encoder);
  EXPECT_FALSE(encoder.failed());
  return out;
}

std::string number(auto value) {
  return hex(written([&](Encoder& out) { out.integer(value); }));
}

TEST(Encoder, WritesIntegersInTheShortestForm) {
  EXPECT_EQ(number(0), "00");
  EXPECT_EQ(number(127), "7f");
  EXPECT_EQ(number(128), "cc 80");
  EXPECT_EQ(number(256), "cd 01 00");
  EXPECT_EQ(number(65536), "ce 00 01 00 00");
  EXPECT_EQ(number(std::uint64_t{1} << 32), "cf 00 00 00 01 00 00 00 00");
  EXPECT_EQ(number(-1), "ff");
  EXPECT_EQ(number(-32), "e0");
  EXPECT_EQ(number(-33), "d0 df");
  EXPECT_EQ(number(-129), "d1 ff 7f");
  EXPECT_EQ(number(-32769), "d2 ff ff 7f ff");
  EXPECT_EQ(number(std::numeric_limits<std::int64_t>::min()), "d3 80 00 00 00 00 00 00 00");
  EXPECT_EQ(number(std::numeric_limits<std::uint64_t>::max()), "cf ff ff ff ff ff ff ff ff");
}

TEST(Encoder, WritesTheSpecificationsBytes) {
  EXPECT_EQ(hex(written([](Encoder& out) { out.nil(); })), "c0");
  EXPECT_EQ(hex(written([](Encoder& out) { out.boolean(false), out.boolean(true); })), "c2 c3");
  EXPECT_EQ(hex(written([](Encoder& out) { out.float32(1.5F); })), "ca 3f c0 00 00");
  EXPECT_EQ(hex(written([](Encoder& out) { out.float64(-2); })), "cb c0 00 00 00 00 00 00 00");
  EXPECT_EQ(hex(written([](Encoder& out) { out.text("ab"); })), "a2 61 62");
  EXPECT_EQ(hex(written([](Encoder& out) { out.binary(bytes_of("ab")); })), "c4 02 61 62");
  EXPECT_EQ(hex(written([](Encoder& out) { (void)out.array(15), (void)out.array(16); })), "9f dc 00 10");
  EXPECT_EQ(hex(written([](Encoder& out) { (void)out.map(15), (void)out.map(65536); })), "8f df 00 01 00 00");
  EXPECT_EQ(hex(written([](Encoder& out) { out.text(std::string(32, 'a')); })).substr(0, 8), "d9 20 61");
  EXPECT_EQ(hex(written([](Encoder& out) { out.text(std::string(256, 'a')); })).substr(0, 8), "da 01 00");
  EXPECT_EQ(hex(written([](Encoder& out) { out.text(std::string(65536, 'a')); })).substr(0, 14), "db 00 01 00 00");
}

TEST(Encoder, FailsBeyondTheDepthThatADecoderTakes) {
  for (const int depth : {kMaxNesting, kMaxNesting + 1}) {
    std::string out;
    Encoder encoder(out);
    const auto nest = [&](const auto& self, int levels) -> void {
      if (levels == 0) return encoder.nil();
      const Nesting nesting = encoder.array(1);
      self(self, levels - 1);
    };
    nest(nest, depth);
    EXPECT_EQ(encoder.failed(), depth > kMaxNesting);
  }
}

TEST(Decoder, StopsAtTheDepthLimit) {
  const std::string deep(1000, '\x91');
  Decoder in(bytes_of(deep));
  const auto dig = [&](const auto& self) -> int {
    const Decoder::Items items = in.array();
    return items ? 1 + self(self) : 0;
  };
  EXPECT_EQ(dig(dig), kMaxNesting);
  EXPECT_TRUE(in.failed());
}

TEST(Decoder, GivesBackDepthWhenItemsEnd) {
  const std::string flat(1000, '\x90');
  Decoder in(bytes_of(flat));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(in.array());
  EXPECT_TRUE(in.done());
}

TEST(Decoder, StaysFailed) {
  Decoder in(bytes_of("\x01\x02"));
  bool flag = false;
  EXPECT_FALSE(in.boolean(flag));
  int value = 0;
  EXPECT_FALSE(in.integer(value));
  EXPECT_FALSE(in.skip());
  EXPECT_EQ(in.next(), WireKind::none);
  EXPECT_FALSE(in.done());
}

TEST(Decoder, IsDoneOnlyAtTheEnd) {
  Decoder in(bytes_of("\x01\x02"));
  int value = 0;
  EXPECT_TRUE(in.integer(value));
  EXPECT_FALSE(in.done());
  EXPECT_TRUE(in.integer(value));
  EXPECT_TRUE(in.done());
}

TEST(Decoder, TakesEveryFormOfANumberThatFits) {
  // 5 as fixint, uint8, uint16, uint32, uint64, int8, int16, int32, int64
  using namespace std::string_literals;
  for (const std::string& form : {"\x05"s, "\xcc\x05"s, "\xcd\0\x05"s, "\xce\0\0\0\x05"s, "\xcf\0\0\0\0\0\0\0\x05"s,
                                  "\xd0\x05"s, "\xd1\0\x05"s, "\xd2\0\0\0\x05"s, "\xd3\0\0\0\0\0\0\0\x05"s}) {
    Decoder in(bytes_of(form));
    std::uint8_t value = 0;
    EXPECT_TRUE(in.integer(value)) << hex(form);
    EXPECT_EQ(value, 5);
    EXPECT_TRUE(in.done());
  }
}

TEST(Decoder, RefusesNumbersOutOfRange) {
  const auto fits = []<class T>(T, std::string_view bytes) {
    Decoder in(bytes_of(bytes));
    T value{};
    return in.integer(value);
  };
  EXPECT_TRUE(fits(std::int8_t{}, "\x7f"));
  EXPECT_FALSE(fits(std::int8_t{}, "\xcc\x80"));
  EXPECT_TRUE(fits(std::int8_t{}, "\xd0\x80"));
  EXPECT_FALSE(fits(std::int8_t{}, "\xd1\xff\x7f"));
  EXPECT_FALSE(fits(std::uint64_t{}, "\xff"));
  EXPECT_FALSE(fits(std::int64_t{}, "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"));
  EXPECT_TRUE(fits(std::uint64_t{}, "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"));
}

TEST(Decoder, RefusesCountsBeyondTheInput) {
  EXPECT_FALSE(Decoder(bytes_of("\xdd\xff\xff\xff\xff\x01")).array());
  EXPECT_FALSE(Decoder(bytes_of("\xdf\x80\x01\x01\x01\x01")).map());
  EXPECT_FALSE(Decoder(bytes_of("\x92\x01")).array());
  EXPECT_FALSE(Decoder(bytes_of("\x81\x01")).map());
  std::string_view text;
  EXPECT_FALSE(Decoder(bytes_of("\xdb\xff\xff\xff\xff\x61")).text(text));
}

TEST(Decoder, SkipsAnyValue) {
  using namespace std::string_literals;
  for (const std::string& value :
       {"\xc0"s, "\xc3"s, "\x05"s, "\xff"s, "\xd3\0\0\0\0\0\0\0\0"s, "\xca\0\0\0\0"s, "\xcb\0\0\0\0\0\0\0\0"s, "\xa1x"s,
        "\xc4\x01x"s, "\xd4\x01x"s, "\xd8\x01xxxxxxxxxxxxxxxx"s, "\xc7\x02\x01xx"s, "\xc8\0\x01\x01x"s,
        "\x92\x01\x92\x02\x03"s, "\x82\x01\x02\x03\x81\x04\x05"s, std::string(500, '\x91') + "\x01"}) {
    const std::string followed = value + "\x2a";
    Decoder in(bytes_of(followed));
    EXPECT_TRUE(in.skip()) << hex(value);
    int answer = 0;
    EXPECT_TRUE(in.integer(answer) && in.done()) << hex(value);
    EXPECT_EQ(answer, 42);
    for (std::size_t size = 0; size < value.size(); ++size) {
      EXPECT_FALSE(Decoder(bytes_of(std::string_view(value).substr(0, size))).skip())
          << hex(value) << " cut to " << size;
    }
  }
}

}  // namespace
}  // namespace freshet
