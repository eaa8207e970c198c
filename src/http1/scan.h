// Runs of bytes that belong together, sixteen at a time where the processor can: the inner loops of the parser and of
// the writer. Nothing is read at or behind `end`.
//
// Everything in a head is one of three runs: names are tokens, targets are visible bytes without '#', values are all
// but control bytes (and the tab is none). SSE2 is part of every x86-64; elsewhere, and in the last bytes before `end`,
// a table does the same byte by byte.
#pragma once

#include "http/grammar.h"

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace freshet::http1 {

enum class Run : std::uint8_t { token = 1, target = 2, value = 4, host = 8 };

namespace detail {
constexpr std::array<std::uint8_t, 256> run_table() {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    const char c = static_cast<char>(static_cast<unsigned char>(byte));
    unsigned runs = 0;
    if (http::is_token_char(c)) runs |= static_cast<unsigned>(Run::token);
    // Bytes above 127 are no URI's (RFC 3986), but sent in the wild; they are forwarded and keyed as they came.
    if (byte > 0x20 && byte != 0x7f && c != '#') runs |= static_cast<unsigned>(Run::target);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t') runs |= static_cast<unsigned>(Run::value);
    if (http::is_alpha(c) || http::is_digit(c) || c == '-' || c == '.') runs |= static_cast<unsigned>(Run::host);
    table[byte] = static_cast<std::uint8_t>(runs);
  }
  return table;
}
inline constexpr std::array<std::uint8_t, 256> kRuns = run_table();
}  // namespace detail

template <Run run>
constexpr bool belongs(char c) noexcept {
  return (detail::kRuns[static_cast<unsigned char>(c)] & static_cast<unsigned>(run)) != 0;
}

#ifdef __SSE2__
namespace detail {
inline __m128i is_at_least(__m128i bytes, char least) noexcept {
  const __m128i limit = _mm_set1_epi8(least);
  return _mm_cmpeq_epi8(_mm_max_epu8(bytes, limit), bytes);
}
inline __m128i is_at_most(__m128i bytes, char most) noexcept {
  const __m128i limit = _mm_set1_epi8(most);
  return _mm_cmpeq_epi8(_mm_min_epu8(bytes, limit), bytes);
}
inline __m128i is(__m128i bytes, char c) noexcept { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }

// A bit for each byte that ends the run. Of tokens only letters, digits and '-' are known here, which is what names are
// made of; the caller asks the table about the rest.
template <Run run>
unsigned ends_of(__m128i bytes) noexcept {
  __m128i good;
  if constexpr (run == Run::value) {
    good = _mm_andnot_si128(is(bytes, 0x7f), _mm_or_si128(is_at_least(bytes, 0x20), is(bytes, '\t')));
  } else if constexpr (run == Run::target) {
    good = _mm_andnot_si128(_mm_or_si128(is(bytes, 0x7f), is(bytes, '#')), is_at_least(bytes, 0x21));
  } else {
    const __m128i letters = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i digits = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    good = _mm_or_si128(_mm_or_si128(is_at_most(letters, 25), is_at_most(digits, 9)), is(bytes, '-'));
  }
  return static_cast<unsigned>(_mm_movemask_epi8(good)) ^ 0xffffU;
}
}  // namespace detail
#endif

/// The first byte that does not belong to the run, or `end`.
template <Run run>
const char* skip(const char* at, const char* end) noexcept {
  static_assert(run != Run::host, "hosts are short: ask the table");
#ifdef __SSE2__
  while (end - at >= 16) {
    const unsigned ends = detail::ends_of<run>(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    if (ends == 0) {
      at += 16;
      continue;
    }
    at += std::countr_zero(ends);
    if (run != Run::token || !belongs<run>(*at)) return at;
    ++at;
  }
#endif
  while (at != end && belongs<run>(*at)) ++at;
  return at;
}

template <Run run>
bool is_all(std::string_view text) noexcept {
  return skip<run>(text.data(), text.data() + text.size()) == text.data() + text.size();
}

}  // namespace freshet::http1
