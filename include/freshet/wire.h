// MessagePack, written and read one value at a time: what a Codec (codec.h) is made of.
//
// Reading is pulling: the caller asks for what it expects and gets it or fails. No tree is built, and nothing is copied
// that the caller does not keep. The bytes may come from anywhere: no input makes the Decoder throw, read outside of
// it, or nest deeper than kMaxNesting.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace freshet {

template <class T>
struct Codec;

/// Arrays and maps within arrays and maps, at most. It also ends the encoding of a structure that contains itself.
inline constexpr int kMaxNesting = 64;

/// One level of nesting, for as long as it lives.
class Nesting {
 public:
  explicit Nesting(int& depth) noexcept : depth_(depth) { ++depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  ~Nesting() { --depth_; }

 private:
  int& depth_;
};

/// Appends MessagePack to a string, always in the shortest form.
/// Errors: a value that MessagePack cannot hold (2^32 bytes or elements, nesting beyond kMaxNesting) sets failed(),
/// which stays set; what was appended is then of no use.
class Encoder {
 public:
  explicit Encoder(std::string& out) noexcept : out_(out) {}
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  void nil();
  void boolean(bool value);
  template <std::integral T>
  void integer(T value) {
    static_assert(sizeof(T) <= 8, "MessagePack has no integers beyond 64 bits");
    if constexpr (std::is_signed_v<T>) {
      signed_integer(value);
    } else {
      unsigned_integer(value);
    }
  }
  void float32(float value);
  void float64(double value);
  /// MessagePack's `str`. The bytes should be UTF-8 if anything but Freshet reads them; nothing checks it.
  void text(std::string_view value);
  void binary(std::span<const std::byte> value);
  /// Announces `count` values, which the caller writes next while it keeps the result.
  [[nodiscard]] Nesting array(std::size_t count);
  /// Announces `count` pairs of key and value, which the caller writes next while it keeps the result.
  [[nodiscard]] Nesting map(std::size_t count);

  /// Any value that has a Codec. Does nothing once failed.
  template <class T>
  void value(const T& value) {
    if (!failed_) Codec<T>::encode(*this, value);
  }

  /// For a Codec that meets a value which it cannot write.
  void fail() noexcept { failed_ = true; }
  bool failed() const noexcept { return failed_; }

 private:
  void signed_integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);
  void head(unsigned char mark, std::uint64_t number, int bytes);
  Nesting open(std::size_t count, unsigned char fix_mark, unsigned char mark16);

  std::string& out_;
  int depth_ = 0;
  bool failed_ = false;
};

/// What stands next in the input. `none`: the end, or a byte that MessagePack does not use.
enum class WireKind : std::uint8_t { none, nil, boolean, integer, floating, text, binary, array, map, extension };

/// Reads MessagePack from bytes that it does not own and that nobody may change meanwhile.
/// Errors: the first thing that does not fit (the end, another type, a number out of range) sets failed(), which stays
/// set; every later call returns false and changes nothing. Never throws.
class Decoder {
 public:
  /// An array or map that is being read, for as long as it lives. False when there was none.
  class Items {
   public:
    Items(const Items&) = delete;
    Items& operator=(const Items&) = delete;
    ~Items() {
      if (decoder_ != nullptr) --decoder_->depth_;
    }
    explicit operator bool() const noexcept { return decoder_ != nullptr; }
    /// Values of an array, pairs of a map. Never more than the rest of the input can hold.
    std::size_t count() const noexcept { return count_; }

   private:
    friend class Decoder;
    Items() = default;
    Items(Decoder& decoder, std::size_t count) noexcept : decoder_(&decoder), count_(count) { ++decoder.depth_; }
    Decoder* decoder_ = nullptr;
    std::size_t count_ = 0;
  };

  explicit Decoder(std::span<const std::byte> input) noexcept : at_(input.data()), end_(input.data() + input.size()) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  WireKind next() const noexcept;

  bool nil() noexcept;
  bool boolean(bool& value) noexcept;
  /// Any encoding of a number that fits into T.
  template <std::integral T>
  bool integer(T& value) noexcept {
    // Here, and not behind a call: many numbers have one byte, 0 to 127, and fit into any T.
    if (!failed_ && at_ != end_ && *at_ < std::byte{0x80}) {
      value = static_cast<T>(*at_++);
      return true;
    }
    std::uint64_t bits = 0;
    bool negative = false;
    if (!quick_number(bits, negative) && !number(bits, negative)) return false;
    if (negative) {
      const auto number = static_cast<std::int64_t>(bits);
      if constexpr (std::is_signed_v<T>) {
        if (number < std::numeric_limits<T>::min()) return fail();
        value = static_cast<T>(number);
        return true;
      } else {
        return fail();
      }
    }
    if (bits > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return fail();
    value = static_cast<T>(bits);
    return true;
  }
  bool float32(float& value) noexcept;
  /// Takes a float32 and an integer as well where nothing is lost: some writers shorten a double to these.
  bool float64(double& value) noexcept {
    if (failed_ || remaining() < 9 || *at_ != std::byte{0xcb}) return any_float64(value);
    value = std::bit_cast<double>(big_endian(at_ + 1));
    at_ += 9;
    return true;
  }
  /// A view into the input.
  bool text(std::string_view& value) noexcept {
    // Of 0 to 31 bytes, or up to 255: the length is in one byte.
    if (failed_ || remaining() < 2) return any_text(value);
    const auto mark = static_cast<unsigned>(*at_);
    const bool fix = mark >= 0xa0 && mark < 0xc0;
    const std::size_t head = fix ? 1 : 2;
    const std::size_t size = fix ? mark & 0x1fU : static_cast<std::size_t>(at_[1]);
    if ((!fix && mark != 0xd9) || remaining() < head + size) return any_text(value);
    value = {reinterpret_cast<const char*>(at_ + head), size};
    at_ += head + size;
    return true;
  }
  /// A view into the input.
  bool binary(std::span<const std::byte>& value) noexcept;
  [[nodiscard]] Items array() noexcept {
    // Of up to 15 values: the count is in the mark.
    if (failed_ || at_ == end_ || (*at_ & std::byte{0xf0}) != std::byte{0x90} || depth_ == kMaxNesting)
      return any_array();
    const auto count = static_cast<std::size_t>(*at_ & std::byte{0x0f});
    if (remaining() <= count) return any_array();
    ++at_;
    return {*this, count};
  }
  [[nodiscard]] Items map() noexcept;
  /// Steps over one value of any kind, nested ones and extensions included, to any depth, in constant memory.
  bool skip() noexcept;

  /// Any value that has a Codec. When false, `value` is valid but unspecified.
  template <class T>
  bool value(T& value) {
    return !failed_ && (Codec<T>::decode(*this, value) || fail());
  }

  /// For a Codec that meets a value which it does not accept. Returns false.
  bool fail() noexcept {
    failed_ = true;
    return false;
  }
  bool failed() const noexcept { return failed_; }
  std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  /// Nothing failed and nothing is left.
  bool done() const noexcept { return !failed_ && at_ == end_; }

 private:
  static std::uint64_t big_endian(const std::byte* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    return word;
  }
  // A number of two to nine bytes (cc..cf unsigned, d0..d3 signed) with nine bytes of input: one load, whatever its
  // size.
  bool quick_number(std::uint64_t& bits, bool& negative) noexcept {
    if (failed_ || remaining() < 9 || *at_ < std::byte{0xcc} || *at_ > std::byte{0xd3}) return false;
    const auto mark = static_cast<unsigned>(*at_);
    const unsigned size = 1U << (mark & 3U);
    const unsigned unused = 64 - 8 * size;
    const std::uint64_t word = big_endian(at_ + 1);
    at_ += 1 + size;
    negative = mark >= 0xd0 && (word >> 63) != 0;
    // Shifted as a signed number the sign fills what is above.
    bits = negative ? static_cast<std::uint64_t>(static_cast<std::int64_t>(word) >> unused) : word >> unused;
    return true;
  }
  Items any_array() noexcept;
  bool any_float64(double& value) noexcept;
  bool any_text(std::string_view& value) noexcept;
  bool take(std::size_t bytes, const std::byte*& taken) noexcept;
  bool take_mark(unsigned char& mark) noexcept;
  bool take_number(int bytes, std::uint64_t& number) noexcept;
  bool number(std::uint64_t& bits, bool& negative) noexcept;
  Items open(unsigned char fix_mark, unsigned char mark16, std::size_t bytes_per_item) noexcept;

  const std::byte* at_;
  const std::byte* end_;
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace freshet
