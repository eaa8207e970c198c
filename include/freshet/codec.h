// How typed values become bytes and come back: MessagePack, by type, without registration.
//
// Understood as they are: bool, integers, enums, float, double, std::string, chrono durations and system_clock time
// points, std::array, C arrays, vector, deque, list, (multi)set, (multi)map and their unordered kin, pair, tuple,
// optional, variant, unique_ptr and shared_ptr (as optional values: sharing is not kept), std::monostate, plain structs
// (fields.h), and all of these within one another. Vectors and arrays of std::byte, char and unsigned char are binary.
// Other classes that are trivially copyable are stored as their memory, padding included; that is wrong for a class
// that holds a pointer, which nothing can find out: specialise Codec for it.
//
// Any other type needs a Codec of its own:
//
//   template <>
//   struct freshet::Codec<Money> {
//     static void encode(Encoder& out, const Money& m) { out.integer(m.cents()); }
//     static bool decode(Decoder& in, Money& m) {
//       std::int64_t cents = 0;
//       if (!in.integer(cents)) return false;
//       m = Money(cents);
//       return true;
//     }
//     static void shape(Shape& shape) { shape.word("money/1"); }
//   };
#pragma once

#include <freshet/fields.h>
#include <freshet/shape.h>
#include <freshet/wire.h>

#include <bit>
#include <chrono>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace freshet {

/// Bytes that are stored as they are: no MessagePack, no shape. For what is encoded already: a page, an image, JSON.
struct Bytes {
  std::string data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

/// Appends the encoding of `value` to `out`.
/// Errors: false when the value has none (a container of 2^32 elements, nesting beyond kMaxNesting, as in a structure
/// that contains itself, a variant without a value); what was appended is then of no use.
template <class T>
bool encode(const T& value, std::string& out) {
  if constexpr (std::is_same_v<T, Bytes>) {
    out += value.data;
    return true;
  } else {
    Encoder encoder(out);
    encoder.value(value);
    return !encoder.failed();
  }
}

/// Reads back what encode() wrote.
/// Errors: false when the bytes are malformed, hold another type, or go on after the value; `out` is then valid but
/// unspecified. Throws only what making a T throws; memory is taken as the input proves to be there, not as it
/// declares.
template <class T>
bool decode(std::span<const std::byte> bytes, T& out) {
  if constexpr (std::is_same_v<T, Bytes>) {
    out.data.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return true;
  } else {
    Decoder decoder(bytes);
    return decoder.value(out) && decoder.done();
  }
}

/// The shape of T as text.
template <class T>
std::string shape_text() {
  Shape shape;
  shape.value<T>();
  return shape.text();
}

/// 24 bits that differ between types of different structure (by chance, two agree once in 16 million); kAnyShape for
/// Bytes. Cost: a load, after the first call.
template <class T>
std::uint32_t shape_digest() {
  if constexpr (std::is_same_v<T, Bytes>) {
    return kAnyShape;
  } else {
    static const std::uint32_t digest = [] {
      Shape shape;
      shape.value<T>();
      return shape.digest();
    }();
    return digest;
  }
}

namespace detail {

template <class T>
inline constexpr bool kNone = false;

inline std::string number_text(std::size_t number) { return std::to_string(number); }

template <class T>
struct IntegerCodec {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, T value) {
    // Whether char is signed depends on the platform; what is stored does not.
    if constexpr (std::is_same_v<T, char>) {
      out.integer(static_cast<unsigned char>(value));
    } else {
      out.integer(value);
    }
  }
  static bool decode(Decoder& in, T& value) {
    if constexpr (std::is_same_v<T, char>) {
      unsigned char byte = 0;
      if (!in.integer(byte)) return false;
      value = static_cast<char>(byte);
      return true;
    } else {
      return in.integer(value);
    }
  }
  static void shape(Shape& shape) {
    if constexpr (std::is_same_v<T, char>) {
      shape.word("char");
    } else {
      shape.word(std::is_signed_v<T> ? "i" : "u");
      shape.word(number_text(8 * sizeof(T)));
    }
  }
};

template <class T>
struct EnumCodec {
  static constexpr bool kNeverNil = true;
  using Number = std::underlying_type_t<T>;
  static void encode(Encoder& out, T value) { out.value(static_cast<Number>(value)); }
  static bool decode(Decoder& in, T& value) {
    Number number{};
    if (!in.value(number)) return false;
    value = static_cast<T>(number);
    return true;
  }
  static void shape(Shape& shape) { shape.list<Number>("enum<", ">"); }
};

template <class T>
struct StructCodec {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, const T& value) {
    with_fields(value, [&out](const auto&... field) {
      const Nesting nesting = out.array(sizeof...(field));
      (out.value(field), ...);
    });
  }
  static bool decode(Decoder& in, T& value) {
    return with_fields(value, [&in](auto&... field) {
      static_assert((!std::is_const_v<std::remove_reference_t<decltype(field)>> && ...),
                    "freshet: a struct with a const field cannot be read back; specialise freshet::Codec for it");
      const Decoder::Items items = in.array();
      return items && items.count() == sizeof...(field) && (in.value(field) && ...);
    });
  }
  static void shape(Shape& shape) {
    using Fields = decltype(with_fields(
        std::declval<T&>(), [](auto&... field) { return TypeList<std::remove_cvref_t<decltype(field)>...>{}; }));
    [&shape]<class... Field>(TypeList<Field...>) { shape.list<Field...>("{", "}"); }(Fields{});
  }
};

// The memory of a trivially copyable class. Its bytes mean the same wherever the byte order and the layout agree.
template <class T>
struct MemoryCodec {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, const T& value) { out.binary(std::as_bytes(std::span(&value, 1))); }
  static bool decode(Decoder& in, T& value) {
    std::span<const std::byte> bytes;
    if (!in.binary(bytes) || bytes.size() != sizeof(T)) return false;
    std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof(T));
    return true;
  }
  static void shape(Shape& shape) {
    shape.word(std::endian::native == std::endian::little ? "memory<le," : "memory<be,");
    shape.word(number_text(sizeof(T)) + ">");
  }
};

// Raw memory, but not of the classes that are known to point elsewhere.
template <class T>
inline constexpr bool kMemoryIsValue =
    std::is_class_v<T>&& std::is_trivially_copyable_v<T>&& std::is_copy_assignable_v<T>;
template <class T, std::size_t N>
inline constexpr bool kMemoryIsValue<std::span<T, N>> = false;
template <class T>
inline constexpr bool kMemoryIsValue<std::reference_wrapper<T>> = false;
template <class T>
inline constexpr bool kMemoryIsValue<std::initializer_list<T>> = false;
template <class C, class D>
inline constexpr bool kMemoryIsValue<std::chrono::time_point<C, D>> = false;

template <class T>
struct NoCodec {
  static_assert(kNone<T>,
                "freshet: this type cannot be stored as it is: specialise freshet::Codec<T> with encode, decode and "
                "shape (freshet/codec.h shows one). Pointers and views are not values: store what they point at. Of "
                "all clocks, only system_clock means the same in every process.");
};

template <class T>
constexpr auto choose_codec() {
  if constexpr (std::is_enum_v<T>) {
    return std::type_identity<EnumCodec<T>>{};
  } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
    return std::type_identity<IntegerCodec<T>>{};
  } else if constexpr (PlainStruct<T>) {
    return std::type_identity<StructCodec<T>>{};
  } else if constexpr (kMemoryIsValue<T>) {
    return std::type_identity<MemoryCodec<T>>{};
  } else {
    return std::type_identity<NoCodec<T>>{};
  }
}

}  // namespace detail

/// How T is written and read. Specialise it for a type of your own: encode and decode mirror each other, decode returns
/// false for what it does not accept, and shape changes whenever the encoding does.
template <class T>
struct Codec : decltype(detail::choose_codec<T>())::type {};

template <class T>
struct Codec<const T> : Codec<T> {};

template <>
struct Codec<bool> {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, bool value) { out.boolean(value); }
  static bool decode(Decoder& in, bool& value) { return in.boolean(value); }
  static void shape(Shape& shape) { shape.word("bool"); }
};

template <>
struct Codec<float> {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, float value) { out.float32(value); }
  static bool decode(Decoder& in, float& value) { return in.float32(value); }
  static void shape(Shape& shape) { shape.word("f32"); }
};

template <>
struct Codec<double> {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, double value) { out.float64(value); }
  static bool decode(Decoder& in, double& value) { return in.float64(value); }
  static void shape(Shape& shape) { shape.word("f64"); }
};

template <>
struct Codec<std::string> {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, const std::string& value) { out.text(value); }
  static bool decode(Decoder& in, std::string& value) {
    std::string_view view;
    if (!in.text(view)) return false;
    value = view;
    return true;
  }
  static void shape(Shape& shape) { shape.word("str"); }
};

/// Can be written, as a std::string; read it back into a std::string.
template <>
struct Codec<std::string_view> {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, std::string_view value) { out.text(value); }
  template <class T>
  static bool decode(Decoder&, T&) {
    static_assert(detail::kNone<T>, "freshet: a string_view would point into bytes that are gone; read a std::string");
    return false;
  }
  static void shape(Shape& shape) { shape.word("str"); }
};

template <>
struct Codec<Bytes> {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, const Bytes& value) { out.binary(std::as_bytes(std::span(value.data))); }
  static bool decode(Decoder& in, Bytes& value) {
    std::span<const std::byte> bytes;
    if (!in.binary(bytes)) return false;
    value.data.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return true;
  }
  static void shape(Shape& shape) { shape.word("bytes"); }
};

template <class Rep, class Period>
struct Codec<std::chrono::duration<Rep, Period>> {
  static constexpr bool kNeverNil = true;
  static void encode(Encoder& out, std::chrono::duration<Rep, Period> value) { out.value(value.count()); }
  static bool decode(Decoder& in, std::chrono::duration<Rep, Period>& value) {
    Rep count{};
    if (!in.value(count)) return false;
    value = std::chrono::duration<Rep, Period>(count);
    return true;
  }
  static void shape(Shape& shape) {
    shape.word("span<" + std::to_string(Period::num) + "/" + std::to_string(Period::den));
    shape.list<Rep>(",", ">");
  }
};

template <class Span>
struct Codec<std::chrono::time_point<std::chrono::system_clock, Span>> {
  static constexpr bool kNeverNil = true;
  using Time = std::chrono::time_point<std::chrono::system_clock, Span>;
  static void encode(Encoder& out, Time value) { out.value(value.time_since_epoch()); }
  static bool decode(Decoder& in, Time& value) {
    Span span{};
    if (!in.value(span)) return false;
    value = Time(span);
    return true;
  }
  static void shape(Shape& shape) { shape.list<Span>("time<", ">"); }
};

}  // namespace freshet

#include <freshet/containers.h>
