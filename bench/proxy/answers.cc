#include "proxy/answers.h"

#include <charconv>
#include <cstdint>
#include <ctime>

namespace bench {
namespace {

constexpr std::size_t kMostBytes = 16 << 20;

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&now))};
}

// The fields that a file from a web server has.
std::string head_of(std::string_view status, std::size_t bytes, std::string_view cache_control) {
  std::string head = "HTTP/1.1 ";
  head += status;
  head += "\r\nServer: bare\r\nDate: " + date_now() + "\r\nContent-Type: text/plain\r\nContent-Length: ";
  head += std::to_string(bytes) + "\r\nLast-Modified: Tue, 24 Nov 2026 08:00:00 GMT\r\nETag: \"";
  head += std::to_string(bytes) + "-1\"\r\nCache-Control: ";
  head += cache_control;
  head += "\r\n\r\n";
  return head;
}

bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

}  // namespace

std::string path_of(bool keep, std::size_t bytes, std::string_view name) {
  return (keep ? "/keep/" : "/refuse/") + std::to_string(bytes) + "/" + std::string(name);
}

std::string body_of(std::size_t bytes) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  std::string body(bytes, ' ');
  std::uint32_t state = static_cast<std::uint32_t>(bytes);
  for (char& byte : body) {
    state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator: a full period of 2^32
    byte = kDigits[state >> 26];
  }
  return body;
}

Answer answer_to(std::string_view path) {
  const bool keep = take(path, "/keep/");
  std::size_t bytes = 0;
  if (keep || take(path, "/refuse/")) {
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), bytes);
    if (error == std::errc() && bytes <= kMostBytes && end != path.data() + path.size() && *end == '/') {
      return {head_of("200 OK", bytes, keep ? "public, max-age=86400" : "no-store"), body_of(bytes)};
    }
  }
  return {head_of("404 Not Found", 0, "no-store"), ""};
}

}  // namespace bench
