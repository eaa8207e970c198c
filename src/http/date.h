// HTTP dates: the three forms of RFC 9110 section 5.6.7, read strictly, and the one form that is written.
//
// Strict on form, because an invalid Expires means "expired" and a tolerant reader would make a far future out of it
// (RFC 9111 section 5.3); insensitive to case, as RFC 9111 section 4.2 asks of caches. The time zone is GMT or the date
// is invalid. The name of the day is checked for being one, and not against the date: RFC 9110 asks no recipient for
// it.
#pragma once

#include <freshet/time.h>

#include <array>
#include <optional>
#include <string_view>

namespace freshet::http {

/// `now` is needed for the two-digit years of RFC 850 only: one that would lie more than 50 years ahead is in the past.
std::optional<Instant> parse_date(std::string_view text, Instant now) noexcept;

/// "Sun, 06 Nov 1994 08:49:37 GMT", cut to the second; years outside 0000..9999 are clamped.
class DateText {
 public:
  explicit DateText(Instant at) noexcept;
  std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 29> text_;
};

}  // namespace freshet::http
