// Copies out of and into memory that another process may be recycling at the same moment.
//
// A reader copies first and asks afterwards whether what it copied was still the record it wanted (the generation of
// its block); a torn copy is thrown away. The C++ memory model has no words for that with plain memcpy, though every
// compiler we build with does what it says. Under ThreadSanitizer the copy is made of relaxed atomic words, which is
// the same protocol in words that the tool understands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SANITIZE_THREAD__)
#define FRESHET_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FRESHET_TSAN 1
#endif
#endif

namespace freshet::platform {

#ifdef FRESHET_TSAN
inline void racy_read(void* to, const void* from, std::size_t bytes) noexcept {
  auto* t = static_cast<unsigned char*>(to);
  const auto* f = static_cast<const unsigned char*>(from);
  for (std::size_t i = 0; i < bytes; ++i) t[i] = __atomic_load_n(f + i, __ATOMIC_RELAXED);
}
inline void racy_write(void* to, const void* from, std::size_t bytes) noexcept {
  auto* t = static_cast<unsigned char*>(to);
  const auto* f = static_cast<const unsigned char*>(from);
  for (std::size_t i = 0; i < bytes; ++i) __atomic_store_n(t + i, f[i], __ATOMIC_RELAXED);
}
inline bool racy_equal(const void* shared, const void* own, std::size_t bytes) noexcept {
  const auto* s = static_cast<const unsigned char*>(shared);
  const auto* o = static_cast<const unsigned char*>(own);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (__atomic_load_n(s + i, __ATOMIC_RELAXED) != o[i]) return false;
  }
  return true;
}
#else
inline void racy_read(void* to, const void* from, std::size_t bytes) noexcept { std::memcpy(to, from, bytes); }
inline void racy_write(void* to, const void* from, std::size_t bytes) noexcept { std::memcpy(to, from, bytes); }
inline bool racy_equal(const void* shared, const void* own, std::size_t bytes) noexcept {
  // Keys are short: up to 32 bytes in four words that may overlap, since a call of memcmp() costs as much as that.
  if (bytes < sizeof(std::uint64_t) || bytes > 4 * sizeof(std::uint64_t)) return std::memcmp(shared, own, bytes) == 0;
  const auto* s = static_cast<const unsigned char*>(shared);
  const auto* o = static_cast<const unsigned char*>(own);
  const auto difference = [&](std::size_t at) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, s + at, sizeof(a));
    std::memcpy(&b, o + at, sizeof(b));
    return a ^ b;
  };
  std::uint64_t all = difference(0) | difference(bytes - sizeof(std::uint64_t));
  if (bytes > 2 * sizeof(std::uint64_t)) {
    all |= difference(sizeof(std::uint64_t)) | difference(bytes - 2 * sizeof(std::uint64_t));
  }
  return all == 0;
}
#endif

}  // namespace freshet::platform
