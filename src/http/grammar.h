// The small grammar of HTTP fields: tokens, optional whitespace, delta-seconds, and what a field's value may contain.
// RFC 9110 sections 5.5 and 5.6, RFC 9111 section 1.2.2. Bytes only: no locale ever takes part.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace freshet::http {

using Seconds = std::chrono::seconds;

/// RFC 9111 section 1.2.2: what does not fit counts as 2^31 seconds, 68 years, which stands for "for ever".
inline constexpr Seconds kMostSeconds{std::int64_t{1} << 31};

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }
/// OWS is any number of these (RFC 9110 section 5.6.3).
constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }

namespace detail {
constexpr std::array<bool, 256> token_chars() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 128; ++c) {
    const char as_char = static_cast<char>(c);
    table[static_cast<std::size_t>(c)] = is_alpha(as_char) || is_digit(as_char) ||
                                         std::string_view("!#$%&'*+-.^_`|~").find(as_char) != std::string_view::npos;
  }
  return table;
}
inline constexpr std::array<bool, 256> kTokenChars = token_chars();
}  // namespace detail

/// tchar, RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) noexcept { return detail::kTokenChars[static_cast<unsigned char>(c)]; }

bool is_token(std::string_view text) noexcept;
/// Without the optional whitespace around it.
std::string_view trim(std::string_view text) noexcept;
/// Equal but for the case of ASCII letters: field names, directives, codings.
/// In the header because each lookup of a field calls it for each line, and most calls end at the lengths.
inline bool same_word(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}
/// `text` begins with `prefix`, but for case.
bool begins_with_word(std::string_view text, std::string_view prefix) noexcept;

/// A value that may stand in a field line: no control bytes but the tab, so no line break that would begin another
/// field (response splitting), and no NUL. Bytes above 127 are obs-text and pass (RFC 9110 section 5.5).
bool is_field_value(std::string_view text) noexcept;

/// 1*DIGIT, saturating at kMostSeconds; anything else is nothing.
std::optional<Seconds> parse_delta_seconds(std::string_view text) noexcept;
/// 1*DIGIT within 64 bits, for lengths and positions: what overflows is nothing, never a smaller number.
std::optional<std::uint64_t> parse_uint64(std::string_view text) noexcept;

}  // namespace freshet::http
