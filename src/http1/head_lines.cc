#include "http1/head_lines.h"

#include "http1/scan.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace freshet::http1 {
namespace {

using http::same_word;

Parsed refuse(Refusal why, Refusal& refusal) noexcept {
  refusal = why;
  return Parsed::bad;
}

void count_up(std::uint8_t& lines) noexcept {
  if (lines != std::numeric_limits<std::uint8_t>::max()) ++lines;
}

// Equal but for case. `lower` consists of small letters and '-'; among the bytes of tokens only letters become letters
// when that bit is set, and nothing becomes a '-', so this is exact. Without a branch per byte, for it is asked of most
// lines.
template <std::size_t N>
bool is_named(std::string_view name, const char (&lower)[N]) noexcept {
  constexpr unsigned kCase = 0x20;
  unsigned differ = 0;
  for (std::size_t i = 0; i < N - 1; ++i) {
    differ |= (static_cast<unsigned char>(name[i]) | kCase) ^ static_cast<unsigned char>(lower[i]);
  }
  return differ == 0;
}

// Equal but for case, and for '_' where `name` has '-'.
bool looks_like(std::string_view text, std::string_view name) noexcept {
  return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char c, char of_name) {
    return http::lower(c) == http::lower(of_name) || (c == '_' && of_name == '-');
  });
}

// A byte that no name has stands at the line's `at`; `name` begins there or before it.
Parsed refuse_name(const char* line, const char* at, bool first, Refusal& refusal) noexcept {
  if (*at == '\n') return refuse(Refusal::bare_lf, refusal);
  if (!http::is_space(*at)) return refuse(Refusal::bad_field_name, refusal);
  if (at != line) return refuse(Refusal::space_before_colon, refusal);
  return refuse(first ? Refusal::leading_whitespace : Refusal::folded_line, refusal);
}

// The usual end first, in place.
Parsed take_usual_line_end(const char*& at, const char* end, Refusal other, Refusal& refusal) noexcept {
  if (end - at >= 2 && at[0] == '\r' && at[1] == '\n') {
    at += 2;
    return Parsed::complete;
  }
  return take_line_end(at, end, other, refusal);
}

// `at` is behind the line only if that was whole.
inline Parsed take_field(const char*& at, const char* end, HeadLines::Sender sender, bool first, http::Field& field,
                         Refusal& refusal) noexcept {
  const char* const line = at;
  const char* p = skip<Run::token>(line, end);
  if (p == end) return Parsed::incomplete;
  field.name = std::string_view(line, static_cast<std::size_t>(p - line));
  if (*p != ':' || field.name.empty()) {
    if (sender == HeadLines::Sender::origin && !field.name.empty()) {
      while (p != end && http::is_space(*p)) ++p;
      if (p == end) return Parsed::incomplete;
    }
    if (*p != ':' || field.name.empty()) return refuse_name(line, p, first, refusal);
  }
  ++p;
  while (p != end && http::is_space(*p)) ++p;
  const char* const value = p;
  p = skip<Run::value>(p, end);
  const char* value_end = p;
  const Parsed whole = take_usual_line_end(p, end, Refusal::control_byte, refusal);
  if (whole != Parsed::complete) return whole;
  while (value_end != value && http::is_space(value_end[-1])) --value_end;
  field.value = std::string_view(value, static_cast<std::size_t>(value_end - value));
  at = p;
  return Parsed::complete;
}

}  // namespace

void HeadLines::restart() noexcept {
  fields_.clear();
  notes_ = {};
  base_ = nullptr;
  at_ = 0;
}

std::size_t HeadLines::resume(std::string_view buffer) noexcept {
  if (base_ == nullptr || base_ != buffer.data() || at_ > buffer.size()) {
    restart();
    base_ = buffer.data();
  }
  return at_;
}

Parsed HeadLines::read(const char*& at, const char* end, std::size_t most_fields, Sender sender, Refusal& refusal) {
  const char* p = at;
  for (;;) {
    at_ = static_cast<std::size_t>(p - base_);
    if (p != end && *p == '\r') {
      at = p;
      return take_line_end(at, end, Refusal::bad_field_name, refusal);
    }
    http::Field field;
    const Parsed line = take_field(p, end, sender, fields_.empty(), field, refusal);
    if (line != Parsed::complete) return line;
    if (fields_.size() == most_fields) return refuse(Refusal::too_many_fields, refusal);
    fields_.push_back(field);
    note(field);
  }
}

// Each name is compared with the one that has its length.
void HeadLines::note(const http::Field& field) noexcept {
  const std::string_view name = field.name;
  switch (name.size()) {
    case 4:
      if (is_named(name, "host")) {
        count_up(notes_.host_lines);
        notes_.host = field.value;
      }
      break;
    case 6:
      if (is_named(name, "expect")) {
        const bool known = same_word(field.value, "100-continue");
        (known ? notes_.expects_continue : notes_.unknown_expectation) = true;
      }
      break;
    case 7:
      if (is_named(name, "upgrade")) notes_.upgrade = true;
      break;
    case 10:
      if (is_named(name, "connection")) note_connection(field.value);
      break;
    case 14:
      if (is_named(name, "content-length")) {
        count_up(notes_.content_length_lines);
        notes_.content_length = field.value;
      } else if (looks_like(name, "Content-Length")) {
        notes_.framing_lookalike = true;
      }
      break;
    case 17:
      if (is_named(name, "transfer-encoding")) {
        count_up(notes_.transfer_encoding_lines);
        notes_.chunked = same_word(field.value, "chunked");
      } else if (looks_like(name, "Transfer-Encoding")) {
        notes_.framing_lookalike = true;
      }
      break;
    default:
      break;
  }
}

void HeadLines::note_connection(std::string_view value) noexcept {
  // What most clients send, without the search for members and quotation marks.
  if (same_word(value, "keep-alive")) {
    notes_.keep_alive = true;
    return;
  }
  http::Members members(value);
  while (const auto member = members.next()) {
    if (same_word(*member, "close")) notes_.close = true;
    if (same_word(*member, "keep-alive")) notes_.keep_alive = true;
  }
}

std::string_view within_limit(std::string_view buffer, const Limits& limits) noexcept {
  return buffer.substr(0, limits.most_head_bytes);
}

Parsed run_out(std::string_view buffer, const Limits& limits, Refusal& refusal) noexcept {
  return buffer.size() < limits.most_head_bytes ? Parsed::incomplete : refuse(Refusal::head_too_large, refusal);
}

Parsed take_line_end(const char*& at, const char* end, Refusal other, Refusal& refusal) noexcept {
  if (at == end) return Parsed::incomplete;
  if (*at == '\n') return refuse(Refusal::bare_lf, refusal);
  if (*at != '\r') return refuse(other, refusal);
  if (at + 1 == end) return Parsed::incomplete;
  if (at[1] != '\n') return refuse(Refusal::bare_cr, refusal);
  at += 2;
  return Parsed::complete;
}

Parsed take_version(const char*& at, const char* end, std::uint8_t& minor_version, Refusal& refusal) noexcept {
  constexpr std::string_view kName = "HTTP/";
  constexpr std::size_t kSize = kName.size() + 3;
  if (static_cast<std::size_t>(end - at) >= kSize && std::memcmp(at, "HTTP/1.1", kSize) == 0) {
    minor_version = 1;
    at += kSize;
    return Parsed::complete;
  }
  // In the order of the bytes, so that a mistake is found as soon as it is there and whatever comes behind it.
  for (std::size_t i = 0; i < kSize; ++i) {
    if (at + i == end) return Parsed::incomplete;
    const char c = at[i];
    const bool good = i < kName.size() ? c == kName[i] : i == kName.size() + 1 ? c == '.' : http::is_digit(c);
    if (!good) return refuse(Refusal::bad_version, refusal);
  }
  if (at[kName.size()] != '1') return refuse(Refusal::unsupported_version, refusal);
  minor_version = static_cast<std::uint8_t>(at[kSize - 1] - '0');
  at += kSize;
  return Parsed::complete;
}

Refusal judge_framing(const FieldNotes& notes, std::uint8_t minor_version, Body& body) noexcept {
  body = {};
  if (notes.transfer_encoding_lines != 0) {
    if (notes.content_length_lines != 0) return Refusal::length_and_chunked;
    if (minor_version == 0) return Refusal::chunked_in_http_1_0;
    if (notes.transfer_encoding_lines > 1) return Refusal::transfer_coding_repeated;
    if (!notes.chunked) return Refusal::unknown_transfer_coding;
    body.framing = Framing::chunked;
  } else if (notes.content_length_lines != 0) {
    if (notes.content_length_lines > 1) return Refusal::content_length_repeated;
    const auto length = http::parse_uint64(notes.content_length);
    if (!length || *length > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return Refusal::bad_content_length;
    }
    body = {Framing::length, *length};
  }
  return Refusal::none;
}

bool lets_stay_open(const FieldNotes& notes, std::uint8_t minor_version) noexcept {
  if (notes.close) return false;
  return minor_version > 0 || notes.keep_alive;
}

}  // namespace freshet::http1
