// Properties of random values: what is written is read back, and msgpack-cxx, as the independent reference, writes the
// same bytes and reads them as the same values.
#include "codec/sample_values.h"

#include <cmath>
#include <gtest/gtest.h>
#include <msgpack.hpp>

namespace freshet {
namespace {

using sample::bytes_of;
using sample::encoded;
using sample::Generator;
using sample::hex;

TEST(RandomValues, ComeBackAsTheyWere) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Generator random(seed);
    const auto value = random.make<sample::Everything>();
    const std::string bytes = encoded(value);
    sample::Everything back;
    ASSERT_TRUE(decode(bytes_of(bytes), back));
    ASSERT_TRUE(back == value);
    Decoder in(bytes_of(bytes));
    ASSERT_TRUE(in.skip() && in.done());
  }
}

TEST(RandomValues, AreReadByTheReference) {
  using Value = std::tuple<bool, std::int64_t, std::uint64_t, double, std::string, std::vector<std::int32_t>,
                           std::map<std::string, std::pair<int, float>>, std::vector<unsigned char>>;
  using Reference =
      msgpack::type::tuple<bool, std::int64_t, std::uint64_t, double, std::string, std::vector<std::int32_t>,
                           std::map<std::string, std::pair<int, float>>, std::vector<unsigned char>>;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Generator random(seed);
    const auto value = random.make<Value>();
    const std::string bytes = encoded(value);

    const msgpack::object_handle handle = msgpack::unpack(bytes.data(), bytes.size());
    const auto seen = handle.get().as<Reference>();
    EXPECT_EQ(seen.get<0>(), std::get<0>(value));
    EXPECT_EQ(seen.get<1>(), std::get<1>(value));
    EXPECT_EQ(seen.get<2>(), std::get<2>(value));
    EXPECT_EQ(seen.get<3>(), std::get<3>(value));
    EXPECT_EQ(seen.get<4>(), std::get<4>(value));
    EXPECT_EQ(seen.get<5>(), std::get<5>(value));
    EXPECT_EQ(seen.get<6>(), std::get<6>(value));
    EXPECT_EQ(seen.get<7>(), std::get<7>(value));

    // The reference writes a double that is whole as an integer; so only the values are compared there.
    msgpack::sbuffer buffer;
    msgpack::pack(buffer, seen);
    const std::string_view theirs(buffer.data(), buffer.size());
    Value back;
    EXPECT_TRUE(decode(bytes_of(theirs), back));
    EXPECT_EQ(back, value);
    if (std::get<3>(value) != std::trunc(std::get<3>(value))) {
      EXPECT_EQ(hex(theirs), hex(bytes));
    }
  }
}

// Writes the same random tree with both writers.
class TwoWriters {
 public:
  explicit TwoWriters(std::uint64_t seed) : random_(seed) {}

  void value(int depth) {
    std::string text;
    switch (random_.below(depth > 0 ? 10 : 8)) {
      case 0:
        ours_.nil();
        theirs_.pack_nil();
        break;
      case 1:
        ours_.boolean(true);
        theirs_.pack_true();
        break;
      case 2: {
        const std::uint64_t number = random_.bits();
        ours_.integer(number);
        theirs_.pack_uint64(number);
        break;
      }
      case 3: {
        const auto number = static_cast<std::int64_t>(random_.bits());
        ours_.integer(number);
        theirs_.pack_int64(number);
        break;
      }
      case 4: {
        const auto number = random_.make<float>();
        ours_.float32(number);
        theirs_.pack_float(number);
        break;
      }
      case 5: {
        // Never whole: the reference would write an integer.
        const double number = 0.1 + static_cast<double>(random_.below(1'000'000));
        ours_.float64(number);
        theirs_.pack_double(number);
        break;
      }
      case 6:
        random_.fill(text);
        ours_.text(text);
        theirs_.pack_str(static_cast<std::uint32_t>(text.size()));
        theirs_.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
        break;
      case 7:
        random_.fill(text);
        ours_.binary(bytes_of(text));
        theirs_.pack_bin(static_cast<std::uint32_t>(text.size()));
        theirs_.pack_bin_body(text.data(), static_cast<std::uint32_t>(text.size()));
        break;
      case 8: {
        const std::size_t count = random_.size();
        const Nesting nesting = ours_.array(count);
        theirs_.pack_array(static_cast<std::uint32_t>(count));
        for (std::size_t i = 0; i < count; ++i) value(depth - 1);
        break;
      }
      default: {
        const std::size_t count = random_.size();
        const Nesting nesting = ours_.map(count);
        theirs_.pack_map(static_cast<std::uint32_t>(count));
        for (std::size_t i = 0; i < 2 * count; ++i) value(depth - 1);
      }
    }
  }

  const std::string& ours() const { return out_; }
  std::string theirs() const { return {buffer_.data(), buffer_.size()}; }

 private:
  Generator random_;
  std::string out_;
  Encoder ours_{out_};
  msgpack::sbuffer buffer_;
  msgpack::packer<msgpack::sbuffer> theirs_{buffer_};
};

// Reads one value with the Decoder and says whether it is what the reference saw.
bool same(Decoder& in, const msgpack::object& seen) {
  switch (seen.type) {
    case msgpack::type::NIL:
      return in.nil();
    case msgpack::type::BOOLEAN: {
      bool value = false;
      return in.boolean(value) && value == seen.via.boolean;
    }
    case msgpack::type::POSITIVE_INTEGER: {
      std::uint64_t value = 0;
      return in.integer(value) && value == seen.via.u64;
    }
    case msgpack::type::NEGATIVE_INTEGER: {
      std::int64_t value = 0;
      return in.integer(value) && value == seen.via.i64;
    }
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64: {
      double value = 0;
      return in.float64(value) && std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(seen.via.f64);
    }
    case msgpack::type::STR: {
      std::string_view value;
      return in.text(value) && value == std::string_view(seen.via.str.ptr, seen.via.str.size);
    }
    case msgpack::type::BIN: {
      std::span<const std::byte> value;
      return in.binary(value) && value.size() == seen.via.bin.size &&
             std::memcmp(value.data(), seen.via.bin.ptr, value.size()) == 0;
    }
    case msgpack::type::ARRAY: {
      const Decoder::Items items = in.array();
      if (!items || items.count() != seen.via.array.size) return false;
      for (std::size_t i = 0; i < items.count(); ++i) {
        if (!same(in, seen.via.array.ptr[i])) return false;
      }
      return true;
    }
    case msgpack::type::MAP: {
      const Decoder::Items items = in.map();
      if (!items || items.count() != seen.via.map.size) return false;
      for (std::size_t i = 0; i < items.count(); ++i) {
        if (!same(in, seen.via.map.ptr[i].key) || !same(in, seen.via.map.ptr[i].val)) return false;
      }
      return true;
    }
    case msgpack::type::EXT:
      return in.skip();
  }
  return false;
}

TEST(RandomTrees, AreTheSameBytesFromBothWritersAndTheSameValuesToBothReaders) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TwoWriters writers(seed);
    writers.value(5);
    ASSERT_EQ(writers.ours(), writers.theirs());
    const msgpack::object_handle handle = msgpack::unpack(writers.ours().data(), writers.ours().size());
    Decoder in(bytes_of(writers.ours()));
    ASSERT_TRUE(same(in, handle.get()) && in.done());
  }
}

// Random bytes, mostly such as begin something, so that a good part of them is valid.
TEST(RandomBytes, AreAcceptedByBothReadersOrByNone) {
  // Without limits the reference allocates as much as 12 bytes declare: gigabytes.
  const msgpack::unpack_limit limit(16, 16, 16, 16, 16, 16);
  int accepted = 0;
  for (std::uint64_t seed = 1; seed <= 100'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Generator random(seed);
    std::string bytes(1 + random.below(12), '\0');
    for (char& c : bytes) {
      c = static_cast<char>(random.below(3) == 0   ? 0x80 + random.below(0x40)
                            : random.below(3) == 0 ? 0xc0 + random.below(0x20)
                                                   : random.below(4));
    }
    Decoder skipping(bytes_of(bytes));
    const bool ours = skipping.skip() && skipping.done();
    bool theirs = false;
    try {
      std::size_t offset = 0;
      const msgpack::object_handle handle =
          msgpack::unpack(bytes.data(), bytes.size(), offset, nullptr, nullptr, limit);
      theirs = offset == bytes.size();
      Decoder in(bytes_of(bytes));
      if (theirs) {
        ASSERT_TRUE(same(in, handle.get()) && in.done()) << hex(bytes);
      }
    } catch (const msgpack::unpack_error&) {
    }
    ASSERT_EQ(ours, theirs) << hex(bytes);
    accepted += ours ? 1 : 0;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace freshet
