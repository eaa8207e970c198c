// The MessagePack format (github.com/msgpack/msgpack/blob/master/spec.md), byte by byte.
//
//   00..7f  integer 0..127            c4..c6  bin, 8/16/32 bit length      d0..d3  int 8/16/32/64
//   80..8f  map of 0..15 pairs        c7..c9  ext, 8/16/32 bit length      d4..d8  ext of 1/2/4/8/16 bytes
//   90..9f  array of 0..15 values     ca cb   float32, float64             d9..db  str, 8/16/32 bit length
//   a0..bf  str of 0..31 bytes        cc..cf  uint 8/16/32/64              dc dd   array, 16/32 bit count
//   c0 nil, c1 never used, c2 false, c3 true                              de df   map, 16/32 bit count
//   e0..ff  integer -32..-1
//
// All numbers are big-endian.
#include <freshet/wire.h>

#include <bit>
#include <cstring>

namespace freshet {
namespace {

constexpr unsigned char kNil = 0xc0, kFalse = 0xc2, kTrue = 0xc3, kBin8 = 0xc4, kExt8 = 0xc7, kFloat32 = 0xca,
                        kFloat64 = 0xcb, kUint8 = 0xcc, kInt8 = 0xd0, kFixExt1 = 0xd4, kFixExt16 = 0xd8, kStr8 = 0xd9,
                        kArray16 = 0xdc, kMap16 = 0xde, kFixMap = 0x80, kFixArray = 0x90, kFixStr = 0xa0;
constexpr std::uint64_t kMaxLength = std::numeric_limits<std::uint32_t>::max();

}  // namespace

void Encoder::head(unsigned char mark, std::uint64_t number, int bytes) {
  char buffer[9];
  buffer[0] = static_cast<char>(mark);
  for (int i = 0; i < bytes; ++i) buffer[1 + i] = static_cast<char>(number >> (8 * (bytes - 1 - i)));
  out_.append(buffer, 1 + static_cast<std::size_t>(bytes));
}

void Encoder::nil() { out_.push_back(static_cast<char>(kNil)); }

void Encoder::boolean(bool value) { out_.push_back(static_cast<char>(value ? kTrue : kFalse)); }

void Encoder::unsigned_integer(std::uint64_t value) {
  if (value < 0x80) return out_.push_back(static_cast<char>(value));
  if (value <= 0xff) return head(kUint8, value, 1);
  if (value <= 0xffff) return head(kUint8 + 1, value, 2);
  if (value <= 0xffffffff) return head(kUint8 + 2, value, 4);
  head(kUint8 + 3, value, 8);
}

void Encoder::signed_integer(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0) return unsigned_integer(bits);
  if (value >= -32) return out_.push_back(static_cast<char>(value));
  if (value >= std::numeric_limits<std::int8_t>::min()) return head(kInt8, bits, 1);
  if (value >= std::numeric_limits<std::int16_t>::min()) return head(kInt8 + 1, bits, 2);
  if (value >= std::numeric_limits<std::int32_t>::min()) return head(kInt8 + 2, bits, 4);
  head(kInt8 + 3, bits, 8);
}

void Encoder::float32(float value) { head(kFloat32, std::bit_cast<std::uint32_t>(value), 4); }

void Encoder::float64(double value) { head(kFloat64, std::bit_cast<std::uint64_t>(value), 8); }

void Encoder::text(std::string_view value) {
  const std::size_t size = value.size();
  if (size > kMaxLength) return fail();
  if (size < 32) {
    out_.push_back(static_cast<char>(kFixStr | size));
  } else if (size <= 0xff) {
    head(kStr8, size, 1);
  } else if (size <= 0xffff) {
    head(kStr8 + 1, size, 2);
  } else {
    head(kStr8 + 2, size, 4);
  }
  out_.append(value);
}

void Encoder::binary(std::span<const std::byte> value) {
  const std::size_t size = value.size();
  if (size > kMaxLength) return fail();
  if (size <= 0xff) {
    head(kBin8, size, 1);
  } else if (size <= 0xffff) {
    head(kBin8 + 1, size, 2);
  } else {
    head(kBin8 + 2, size, 4);
  }
  out_.append(reinterpret_cast<const char*>(value.data()), size);
}

Nesting Encoder::open(std::size_t count, unsigned char fix_mark, unsigned char mark16) {
  if (count > kMaxLength || depth_ >= kMaxNesting) {
    fail();
  } else if (count < 16) {
    out_.push_back(static_cast<char>(fix_mark | count));
  } else if (count <= 0xffff) {
    head(mark16, count, 2);
  } else {
    head(static_cast<unsigned char>(mark16 + 1), count, 4);
  }
  return Nesting(depth_);
}

Nesting Encoder::array(std::size_t count) { return open(count, kFixArray, kArray16); }

Nesting Encoder::map(std::size_t count) { return open(count, kFixMap, kMap16); }

WireKind Decoder::next() const noexcept {
  if (failed_ || at_ == end_) return WireKind::none;
  const auto mark = static_cast<unsigned char>(*at_);
  if (mark < 0x80 || mark >= 0xe0) return WireKind::integer;
  if (mark < kFixArray) return WireKind::map;
  if (mark < kFixStr) return WireKind::array;
  if (mark < kNil) return WireKind::text;
  if (mark == kNil) return WireKind::nil;
  if (mark < kFalse) return WireKind::none;
  if (mark <= kTrue) return WireKind::boolean;
  if (mark < kExt8) return WireKind::binary;
  if (mark < kFloat32) return WireKind::extension;
  if (mark <= kFloat64) return WireKind::floating;
  if (mark < kFixExt1) return WireKind::integer;
  if (mark < kStr8) return WireKind::extension;
  if (mark < kArray16) return WireKind::text;
  return mark < kMap16 ? WireKind::array : WireKind::map;
}

bool Decoder::take(std::size_t bytes, const std::byte*& taken) noexcept {
  if (failed_ || remaining() < bytes) return fail();
  taken = at_;
  at_ += bytes;
  return true;
}

bool Decoder::take_mark(unsigned char& mark) noexcept {
  const std::byte* taken = nullptr;
  if (!take(1, taken)) return false;
  mark = static_cast<unsigned char>(*taken);
  return true;
}

bool Decoder::take_number(int bytes, std::uint64_t& number) noexcept {
  const std::byte* taken = nullptr;
  if (!take(static_cast<std::size_t>(bytes), taken)) return false;
  // In one piece: big-endian to the top of a word, and down from there.
  std::uint64_t word = 0;
  std::memcpy(&word, taken, static_cast<std::size_t>(bytes));
  if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  number = word >> (64 - 8 * bytes);
  return true;
}

bool Decoder::nil() noexcept {
  unsigned char mark = 0;
  return take_mark(mark) && (mark == kNil || fail());
}

bool Decoder::boolean(bool& value) noexcept {
  unsigned char mark = 0;
  if (!take_mark(mark)) return false;
  if (mark != kFalse && mark != kTrue) return fail();
  value = mark == kTrue;
  return true;
}

// `bits` is the number, in two's complement when `negative`.
bool Decoder::number(std::uint64_t& bits, bool& negative) noexcept {
  // Step by step and without a call: a list of numbers that ends a value comes here for its last ones.
  if (failed_ || at_ == end_) return fail();
  const auto mark = static_cast<unsigned char>(*at_);
  std::size_t size = 0;
  if (mark < 0x80) {
    bits = mark;
    negative = false;
  } else if (mark >= 0xe0) {
    bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int8_t>(mark)));
    negative = true;
  } else {
    if (mark < kUint8 || mark > kInt8 + 3) return fail();
    size = std::size_t{1} << (mark & 3U);
    if (remaining() <= size) return fail();
    negative = mark >= kInt8 && (at_[1] & std::byte{0x80}) != std::byte{0};
    bits = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 1; i <= size; ++i) bits = bits << 8 | static_cast<std::uint64_t>(at_[i]);
  }
  at_ += 1 + size;
  return true;
}

bool Decoder::float32(float& value) noexcept {
  unsigned char mark = 0;
  std::uint64_t bits = 0;
  if (!take_mark(mark)) return false;
  if (mark != kFloat32) return fail();
  if (!take_number(4, bits)) return false;
  value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  return true;
}

bool Decoder::any_float64(double& value) noexcept {
  if (next() == WireKind::integer) {
    std::uint64_t bits = 0;
    bool negative = false;
    if (!number(bits, negative)) return false;
    const auto whole = static_cast<std::int64_t>(bits);
    const double near = negative ? static_cast<double>(whole) : static_cast<double>(bits);
    const bool exact =
        negative ? static_cast<std::int64_t>(near) == whole : near < 0x1p64 && static_cast<std::uint64_t>(near) == bits;
    if (!exact) return fail();
    value = near;
    return true;
  }
  if (at_ != end_ && static_cast<unsigned char>(*at_) == kFloat32) {
    float narrow = 0;
    if (!float32(narrow)) return false;
    value = narrow;
    return true;
  }
  unsigned char mark = 0;
  std::uint64_t bits = 0;
  if (!take_mark(mark)) return false;
  if (mark != kFloat64) return fail();
  if (!take_number(8, bits)) return false;
  value = std::bit_cast<double>(bits);
  return true;
}

bool Decoder::any_text(std::string_view& value) noexcept {
  unsigned char mark = 0;
  if (!take_mark(mark)) return false;
  std::uint64_t size = mark & 0x1fU;
  if (mark < kFixStr || mark >= kNil) {
    if (mark < kStr8 || mark >= kArray16) return fail();
    if (!take_number(1 << (mark - kStr8), size)) return false;
  }
  const std::byte* taken = nullptr;
  if (!take(size, taken)) return false;
  value = {reinterpret_cast<const char*>(taken), size};
  return true;
}

bool Decoder::binary(std::span<const std::byte>& value) noexcept {
  unsigned char mark = 0;
  if (!take_mark(mark)) return false;
  if (mark < kBin8 || mark >= kExt8) return fail();
  std::uint64_t size = 0;
  const std::byte* taken = nullptr;
  if (!take_number(1 << (mark - kBin8), size) || !take(size, taken)) return false;
  value = {taken, size};
  return true;
}

Decoder::Items Decoder::open(unsigned char fix_mark, unsigned char mark16, std::size_t bytes_per_item) noexcept {
  unsigned char mark = 0;
  if (!take_mark(mark)) return {};
  std::uint64_t count = mark & 0x0fU;
  if ((mark & 0xf0U) != fix_mark) {
    if (mark != mark16 && mark != mark16 + 1) {
      fail();
      return {};
    }
    if (!take_number(mark == mark16 ? 2 : 4, count)) return {};
  }
  // Every item takes a byte at least: a count beyond the input is a lie, found before anybody allocates for it.
  if (count > remaining() / bytes_per_item || depth_ >= kMaxNesting) {
    fail();
    return {};
  }
  return Items(*this, count);
}

Decoder::Items Decoder::any_array() noexcept { return open(kFixArray, kArray16, 1); }

Decoder::Items Decoder::map() noexcept { return open(kFixMap, kMap16, 2); }

bool Decoder::skip() noexcept {
  // Counts the values still to come instead of recursing; `pending` cannot overflow, as it never exceeds the input.
  for (std::uint64_t pending = 1; pending > 0; --pending) {
    if (pending > remaining()) return fail();
    unsigned char mark = 0;
    std::uint64_t bits = 0;
    bool negative = false;
    const std::byte* ignored = nullptr;
    std::string_view text_value;
    std::span<const std::byte> binary_value;
    switch (next()) {
      case WireKind::none:
        return fail();
      case WireKind::nil:
      case WireKind::boolean:
        if (!take_mark(mark)) return false;
        break;
      case WireKind::integer:
        if (!number(bits, negative)) return false;
        break;
      case WireKind::floating:
        if (!take_mark(mark) || !take(mark == kFloat32 ? 4 : 8, ignored)) return false;
        break;
      case WireKind::text:
        if (!text(text_value)) return false;
        break;
      case WireKind::binary:
        if (!binary(binary_value)) return false;
        break;
      case WireKind::extension:
        if (!take_mark(mark)) return false;
        if (mark >= kFixExt1 && mark <= kFixExt16) {
          bits = std::uint64_t{1} << (mark - kFixExt1);
        } else if (!take_number(1 << (mark - kExt8), bits)) {
          return false;
        }
        if (!take(1 + bits, ignored)) return false;
        break;
      case WireKind::array:
      case WireKind::map: {
        const int depth = depth_;
        depth_ = 0;
        const bool is_map = next() == WireKind::map;
        const std::size_t count = [&] {
          const Items items = is_map ? map() : array();
          return items.count();
        }();
        depth_ = depth;
        if (failed_) return false;
        pending += is_map ? 2 * count : count;
        break;
      }
    }
  }
  return true;
}

}  // namespace freshet
