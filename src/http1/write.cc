#include "http1/write.h"

#include "http1/scan.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace freshet::http1 {
namespace {

struct StatusLine {
  std::uint16_t status;
  std::string_view line;

  constexpr std::string_view phrase() const {
    constexpr std::size_t kBefore = std::string_view("HTTP/1.1 200 ").size();
    return line.substr(kBefore, line.size() - kBefore - 2);
  }
};

// In the order of the codes. Without 418 and 306, which are unused, and 1xx of other protocols.
constexpr auto kStatusLines = std::to_array<StatusLine>({
    {100, "HTTP/1.1 100 Continue\r\n"},
    {101, "HTTP/1.1 101 Switching Protocols\r\n"},
    {103, "HTTP/1.1 103 Early Hints\r\n"},
    {200, "HTTP/1.1 200 OK\r\n"},
    {201, "HTTP/1.1 201 Created\r\n"},
    {202, "HTTP/1.1 202 Accepted\r\n"},
    {203, "HTTP/1.1 203 Non-Authoritative Information\r\n"},
    {204, "HTTP/1.1 204 No Content\r\n"},
    {205, "HTTP/1.1 205 Reset Content\r\n"},
    {206, "HTTP/1.1 206 Partial Content\r\n"},
    {300, "HTTP/1.1 300 Multiple Choices\r\n"},
    {301, "HTTP/1.1 301 Moved Permanently\r\n"},
    {302, "HTTP/1.1 302 Found\r\n"},
    {303, "HTTP/1.1 303 See Other\r\n"},
    {304, "HTTP/1.1 304 Not Modified\r\n"},
    {305, "HTTP/1.1 305 Use Proxy\r\n"},
    {307, "HTTP/1.1 307 Temporary Redirect\r\n"},
    {308, "HTTP/1.1 308 Permanent Redirect\r\n"},
    {400, "HTTP/1.1 400 Bad Request\r\n"},
    {401, "HTTP/1.1 401 Unauthorized\r\n"},
    {402, "HTTP/1.1 402 Payment Required\r\n"},
    {403, "HTTP/1.1 403 Forbidden\r\n"},
    {404, "HTTP/1.1 404 Not Found\r\n"},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    {406, "HTTP/1.1 406 Not Acceptable\r\n"},
    {407, "HTTP/1.1 407 Proxy Authentication Required\r\n"},
    {408, "HTTP/1.1 408 Request Timeout\r\n"},
    {409, "HTTP/1.1 409 Conflict\r\n"},
    {410, "HTTP/1.1 410 Gone\r\n"},
    {411, "HTTP/1.1 411 Length Required\r\n"},
    {412, "HTTP/1.1 412 Precondition Failed\r\n"},
    {413, "HTTP/1.1 413 Content Too Large\r\n"},
    {414, "HTTP/1.1 414 URI Too Long\r\n"},
    {415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    {416, "HTTP/1.1 416 Range Not Satisfiable\r\n"},
    {417, "HTTP/1.1 417 Expectation Failed\r\n"},
    {421, "HTTP/1.1 421 Misdirected Request\r\n"},
    {422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    {426, "HTTP/1.1 426 Upgrade Required\r\n"},
    {428, "HTTP/1.1 428 Precondition Required\r\n"},
    {429, "HTTP/1.1 429 Too Many Requests\r\n"},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    {451, "HTTP/1.1 451 Unavailable For Legal Reasons\r\n"},
    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
    {501, "HTTP/1.1 501 Not Implemented\r\n"},
    {502, "HTTP/1.1 502 Bad Gateway\r\n"},
    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
    {504, "HTTP/1.1 504 Gateway Timeout\r\n"},
    {505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
    {511, "HTTP/1.1 511 Network Authentication Required\r\n"},
});
static_assert(std::ranges::is_sorted(kStatusLines, {}, &StatusLine::status));

const StatusLine* line_of(std::uint16_t status) noexcept {
  const auto* const found = std::ranges::lower_bound(kStatusLines, status, {}, &StatusLine::status);
  return found != kStatusLines.end() && found->status == status ? found : nullptr;
}

bool is_token(std::string_view text) noexcept { return !text.empty() && is_all<Run::token>(text); }

bool is_written_value(std::string_view value) noexcept {
  if (value.empty()) return true;
  return !http::is_space(value.front()) && !http::is_space(value.back()) && is_all<Run::value>(value);
}

constexpr std::size_t kMostDigits = std::numeric_limits<std::uint64_t>::digits10 + 1;

}  // namespace

std::string_view reason_phrase(std::uint16_t status) noexcept {
  const StatusLine* const line = line_of(status);
  return line == nullptr ? std::string_view{} : line->phrase();
}

bool append_request_line(std::string& out, std::string_view method, std::string_view target) {
  if (!is_token(method) || target.empty() || !is_all<Run::target>(target)) return false;
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  return true;
}

bool append_status_line(std::string& out, std::uint16_t status) {
  if (const StatusLine* const line = line_of(status)) {
    out += line->line;
    return true;
  }
  return append_status_line(out, status, {});
}

bool append_status_line(std::string& out, std::uint16_t status, std::string_view phrase) {
  if (status < 100 || status > 599 || !is_all<Run::value>(phrase)) return false;
  // RFC 9112 section 4: the space stands there even if the phrase does not.
  out += "HTTP/1.1 ";
  append_uint(out, status);
  out.append(" ").append(phrase).append("\r\n");
  return true;
}

bool append_field(std::string& out, std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_written_value(value)) return false;
  out.append(name).append(": ").append(value).append("\r\n");
  return true;
}

bool append_field(std::string& out, std::string_view name, std::uint64_t value) {
  std::array<char, kMostDigits> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return append_field(out, name, std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

void append_uint(std::string& out, std::uint64_t value) {
  std::array<char, kMostDigits> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

std::string_view DateLine::at(Instant now) noexcept {
  const auto second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  if (second_ != second) {
    constexpr std::string_view kBefore = "Date: ";
    const http::DateText date(now);
    char* end = std::copy(kBefore.begin(), kBefore.end(), text_.data());
    end = std::copy(date.view().begin(), date.view().end(), end);
    end[0] = '\r';
    end[1] = '\n';
    second_ = second;
  }
  return {text_.data(), text_.size()};
}

}  // namespace freshet::http1
