#include "codec/sample_values.h"

#include <freshet/codec.h>

#include <bitset>
#include <cmath>
#include <complex>
#include <gtest/gtest.h>

namespace freshet {

class Money {
 public:
  Money() = default;
  explicit Money(std::int64_t cents) : cents_(new std::int64_t(cents)) {}
  Money(const Money& other) : Money(other.cents()) {}
  Money& operator=(const Money& other) {
    cents_ = std::make_unique<std::int64_t>(other.cents());
    return *this;
  }
  std::int64_t cents() const { return cents_ ? *cents_ : 0; }
  friend bool operator==(const Money& a, const Money& b) { return a.cents() == b.cents(); }

 private:
  std::unique_ptr<std::int64_t> cents_;
};

template <>
struct Codec<Money> {
  static void encode(Encoder& out, const Money& m) { m.cents() == 0 ? out.nil() : out.integer(m.cents()); }
  static bool decode(Decoder& in, Money& m) {
    std::int64_t cents = 0;
    if (in.next() == WireKind::nil ? !in.nil() : !in.integer(cents)) return false;
    m = Money(cents);
    return true;
  }
  static void shape(Shape& shape) { shape.word("money/1"); }
};

namespace {

using namespace std::string_literals;
using sample::bytes_of;
using sample::encoded;
using sample::hex;

template <class T>
void expect_round_trip(const T& value, const char* expected_hex = nullptr) {
  const std::string bytes = encoded(value);
  if (expected_hex != nullptr) {
    EXPECT_EQ(hex(bytes), expected_hex);
  }
  T back{};
  ASSERT_TRUE(decode(bytes_of(bytes), back)) << hex(bytes);
  EXPECT_TRUE(back == value) << hex(bytes);
}

template <class T>
bool reads(std::string_view bytes) {
  T value{};
  return decode(bytes_of(bytes), value);
}

struct User {
  int id = 0;
  std::string name;
  std::optional<std::string> mail;
  friend bool operator==(const User&, const User&) = default;
};
struct Empty {
  friend bool operator==(const Empty&, const Empty&) = default;
};
struct WithArrays {
  int numbers[3] = {};
  char code[4] = {};
  double after = 0;
  friend bool operator==(const WithArrays&, const WithArrays&) = default;
};
enum Old { kOldA = 1, kOldB = 70000 };
enum class Signed : std::int8_t { minus = -5 };
enum class Flag : bool { off, on };

// The bytes are stored: a change here is a change of format.
TEST(Codec, GoldenBytes) {
  expect_round_trip(true, "c3");
  expect_round_trip(-1, "ff");
  expect_round_trip(300U, "cd 01 2c");
  expect_round_trip('\xe9', "cc e9");
  expect_round_trip(1.5F, "ca 3f c0 00 00");
  expect_round_trip(1.5, "cb 3f f8 00 00 00 00 00 00");
  expect_round_trip(std::string("bob"), "a3 62 6f 62");
  expect_round_trip(kOldB, "ce 00 01 11 70");
  expect_round_trip(Signed::minus, "fb");
  expect_round_trip(Flag::on, "c3");
  expect_round_trip(std::monostate{}, "c0");
  expect_round_trip(Empty{}, "90");
  expect_round_trip(User{7, "bob", std::nullopt}, "93 07 a3 62 6f 62 c0");
  expect_round_trip(User{7, "", "b@x"}, "93 07 a0 a3 62 40 78");
  expect_round_trip(WithArrays{{1, 2, 3}, {'a', 'b'}, 0.5},
                    "93 93 01 02 03 c4 04 61 62 00 00 cb 3f e0 00 00 00 00 00 00");
  expect_round_trip(std::vector<int>{1, 2}, "92 01 02");
  expect_round_trip(std::vector<bool>{true, false}, "92 c3 c2");
  expect_round_trip(std::vector<std::byte>{std::byte{1}, std::byte{255}}, "c4 02 01 ff");
  expect_round_trip(std::vector<unsigned char>{1, 255}, "c4 02 01 ff");
  expect_round_trip(std::deque<char>{'a'}, "91 61");
  expect_round_trip(std::array<std::byte, 2>{}, "c4 02 00 00");
  expect_round_trip(std::array<int, 2>{1, 2}, "92 01 02");
  expect_round_trip(std::array<int, 0>{}, "90");
  expect_round_trip(std::map<std::string, int>{{"a", 1}, {"b", 2}}, "82 a1 61 01 a1 62 02");
  expect_round_trip(std::multimap<int, int>{{1, 2}, {1, 3}}, "94 01 02 01 03");
  expect_round_trip(std::set<int>{2, 1}, "92 01 02");
  expect_round_trip(std::multiset<int>{1, 1}, "92 01 01");
  expect_round_trip(std::pair<int, bool>{1, true}, "92 01 c3");
  expect_round_trip(std::tuple<>{}, "90");
  expect_round_trip(std::optional<int>{}, "c0");
  expect_round_trip(std::optional<int>{5}, "05");
  expect_round_trip(std::variant<int, std::string>{"x"}, "92 01 a1 78");
  expect_round_trip(std::chrono::seconds(90), "5a");
  expect_round_trip(std::chrono::duration<double>(0.5), "cb 3f e0 00 00 00 00 00 00");
  expect_round_trip(std::chrono::sys_seconds(std::chrono::seconds(-1)), "ff");
}

TEST(Codec, NothingWithinNothingIsKeptApart) {
  using Maybe = std::optional<std::optional<std::optional<int>>>;
  expect_round_trip(Maybe{}, "c0");
  expect_round_trip(Maybe{std::optional<std::optional<int>>{}}, "91 c0");
  expect_round_trip(Maybe{std::optional<std::optional<int>>{std::optional<int>{}}}, "91 91 c0");
  expect_round_trip(Maybe{5}, "91 91 05");
  expect_round_trip(std::optional<std::monostate>{std::monostate{}}, "91 c0");
  // A Codec that does not promise to keep off nil is wrapped.
  expect_round_trip(std::optional<Money>{Money(0)}, "91 c0");
}

TEST(Codec, PointersAreOptionalValues) {
  std::unique_ptr<User> user = std::make_unique<User>(User{1, "a", std::nullopt});
  const std::string bytes = encoded(user);
  EXPECT_EQ(bytes, encoded(std::optional<User>(*user)));
  std::shared_ptr<const User> shared;
  ASSERT_TRUE(decode(bytes_of(bytes), shared));
  EXPECT_EQ(*shared, *user);
  ASSERT_TRUE(decode(bytes_of("\xc0"), shared));
  EXPECT_EQ(shared, nullptr);
}

TEST(Codec, ASpecialisationTakesPart) { expect_round_trip(std::vector<Money>{Money(5), Money(0)}, "92 05 c0"); }

TEST(Codec, OtherTriviallyCopyableClassesAreTheirMemory) {
  expect_round_trip(std::complex<float>(1, 2), "c4 08 00 00 80 3f 00 00 00 40");
  expect_round_trip(std::bitset<64>(5));
  EXPECT_FALSE(reads<std::complex<float>>("\xc4\x04\x01\x02\x03\x04"));
}

TEST(Codec, KeepsEveryBitOfANumber) {
  for (const double value : {-0.0, std::nan("7"), std::numeric_limits<double>::infinity(), 5e-324}) {
    double back = 1;
    ASSERT_TRUE(decode(bytes_of(encoded(value)), back));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back), std::bit_cast<std::uint64_t>(value));
  }
}

TEST(Codec, AStringViewIsWrittenAsAString) { EXPECT_EQ(encoded(std::string_view("bob")), encoded(std::string("bob"))); }

TEST(Codec, BytesAreStoredAsTheyAre) {
  const Bytes page{std::string("<p>\0</p>", 8)};
  EXPECT_EQ(encoded(page), page.data);
  expect_round_trip(page);
  expect_round_trip(std::vector<Bytes>{page}, "91 c4 08 3c 70 3e 00 3c 2f 70 3e");
}

TEST(Codec, EncodeAppends) {
  std::string out = "x";
  EXPECT_TRUE(encode(1, out));
  EXPECT_EQ(out, "x\x01");
}

TEST(Codec, DecodeReplacesWhatWasThere) {
  std::map<int, int> value{{9, 9}};
  ASSERT_TRUE(decode(bytes_of("\x81\x01\x02"), value));
  EXPECT_EQ(value, (std::map<int, int>{{1, 2}}));
}

TEST(Codec, RefusesWhatIsNotThatType) {
  EXPECT_FALSE(reads<bool>("\x01"));
  EXPECT_FALSE(reads<int>("\xc3"));
  EXPECT_FALSE(reads<int>("\xcb\x3f\xf8......"));
  EXPECT_FALSE(reads<std::string>("\xc4\x01x"));
  EXPECT_FALSE(reads<std::vector<std::byte>>("\xa1x"));
  EXPECT_FALSE(reads<User>("\x92\x07\xa0"));
  EXPECT_FALSE(reads<User>("\x94\x07\xa0\xc0\xc0"));
  EXPECT_FALSE(reads<WithArrays>("\x93\x92\x01\x02\xc4\x04....\xca...."));
  EXPECT_FALSE((reads<std::array<int, 2>>("\x93\x01\x02\x03")));
  EXPECT_FALSE((reads<std::variant<int, bool>>("\x92\x02\xc3")));
  EXPECT_FALSE((reads<std::multimap<int, int>>("\x93\x01\x02\x01")));
  EXPECT_FALSE(reads<Signed>("\xcc\xff"));
}

TEST(Codec, RefusesTheSameElementTwice) {
  EXPECT_FALSE(reads<std::set<int>>("\x92\x01\x01"));
  EXPECT_FALSE(reads<std::unordered_set<int>>("\x92\x01\x01"));
  EXPECT_FALSE((reads<std::map<int, int>>("\x82\x01\x01\x01\x02")));
  EXPECT_TRUE(reads<std::multiset<int>>("\x92\x01\x01"));
}

TEST(Codec, RefusesTrailingBytes) {
  EXPECT_TRUE(reads<int>("\x01"));
  EXPECT_FALSE(reads<int>("\x01\x01"));
  EXPECT_FALSE(reads<int>(""));
}

TEST(Codec, AChainUpToTheDepthLimitIsStoredAndALongerOneIsNot) {
  struct Link {
    std::unique_ptr<Link> next;
  };
  const auto chain = [](int length) {
    std::unique_ptr<Link> first;
    for (int i = 0; i < length; ++i) first = std::make_unique<Link>(Link{std::move(first)});
    return first;
  };
  std::unique_ptr<Link> back;
  EXPECT_TRUE(decode(bytes_of(encoded(chain(kMaxNesting))), back));
  std::string out;
  EXPECT_FALSE(encode(chain(kMaxNesting + 1), out));
}

TEST(Codec, AStructureThatContainsItselfFailsInsteadOfRunningForEver) {
  struct Ring {
    std::vector<std::shared_ptr<Ring>> next;
  };
  auto ring = std::make_shared<Ring>();
  ring->next = {ring, ring};
  std::string out;
  EXPECT_FALSE(encode(*ring, out));
  EXPECT_LT(out.size(), 1000U);
  ring->next.clear();
}

TEST(Codec, AVariantWithoutAValueIsNotStored) {
  std::variant<int, std::deque<int>> variant(1);
  volatile std::size_t too_many = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(variant.emplace<1>(too_many), std::length_error);
  ASSERT_TRUE(variant.valueless_by_exception());
  std::string out;
  EXPECT_FALSE(encode(variant, out));
}

TEST(Codec, ADoubleTakesWhatOtherWritersMakeOfAWholeNumber) {
  double value = 0;
  EXPECT_TRUE(decode(bytes_of("\x05"), value));
  EXPECT_EQ(value, 5);
  EXPECT_TRUE(decode(bytes_of("\xd0\x80"), value));
  EXPECT_EQ(value, -128);
  EXPECT_TRUE(decode(bytes_of("\xca\x3f\xc0\x00\x00"s), value));
  EXPECT_EQ(value, 1.5);
  EXPECT_FALSE(reads<double>("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"));  // would lose digits
  EXPECT_FALSE(reads<float>("\x05"));
}

}  // namespace
}  // namespace freshet
