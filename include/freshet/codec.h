// Stand-in for the codec room, replaced when the rooms meet: strings and trivially copyable values only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <typeinfo>

namespace freshet {

/// Bytes that are stored as they are.
struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};

template <class T>
void encode(const T& value, std::string& out) {
  if constexpr (std::is_same_v<T, Bytes>) {
    out = value.data;
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = value;
  } else {
    static_assert(std::is_trivially_copyable_v<T>);
    out.assign(reinterpret_cast<const char*>(&value), sizeof value);
  }
}

template <class T>
bool decode(std::span<const std::byte> bytes, T& out) {
  if constexpr (std::is_same_v<T, Bytes>) {
    out.data.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else {
    if (bytes.size() != sizeof(T)) return false;
    std::memcpy(&out, bytes.data(), sizeof(T));
  }
  return true;
}

template <class T>
std::uint32_t shape_digest() {
  return static_cast<std::uint32_t>(typeid(T).hash_code() & 0xffffffu) | 1u;
}

}  // namespace freshet
