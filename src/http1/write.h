// Heads as bytes. Whatever is written is checked on its way out: no name, value, target or phrase can end its line and
// begin another (response splitting), wherever it came from. What is refused leaves `out` as it was.
//
// A head is a first line, field lines, and append_head_end().
#pragma once

#include "http/date.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::http1 {

/// The usual phrase of a status; empty for one that has none (RFC 9110 section 15, RFC 6585).
std::string_view reason_phrase(std::uint16_t status) noexcept;

/// "GET /path HTTP/1.1". False if the method is no token, or the target is empty or holds a space, a control byte or a
/// fragment.
bool append_request_line(std::string& out, std::string_view method, std::string_view target);

/// "HTTP/1.1 200 OK", always 1.1: the version is the sender's own (RFC 9110 section 2.5). Usual statuses are ready
/// made. False if the status is not between 100 and 599.
bool append_status_line(std::string& out, std::uint16_t status);
/// With the origin's phrase, or without one. False as well if the phrase holds a control byte.
bool append_status_line(std::string& out, std::uint16_t status, std::string_view phrase);

/// "Name: value". False if the name is no token, or the value holds a control byte or begins or ends in whitespace.
bool append_field(std::string& out, std::string_view name, std::string_view value);
bool append_field(std::string& out, std::string_view name, std::uint64_t value);

void append_uint(std::string& out, std::uint64_t value);

inline void append_head_end(std::string& out) { out += "\r\n"; }

/// The Date line of everything that is sent within one second.
class DateLine {
 public:
  /// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n". The view lasts until the next call.
  std::string_view at(Instant now) noexcept;

 private:
  std::optional<std::chrono::seconds> second_;
  std::array<char, 37> text_{};
};

}  // namespace freshet::http1
