// Strings as JSON has them (RFC 8259 section 7), from bytes that a stranger may have sent.
#pragma once

#include <string>
#include <string_view>

namespace freshet::proxy {

/// Appends the string with its quotes. Bytes above 127 are written as the characters of Latin-1 with these numbers:
/// whatever came in, the document is valid, and says which bytes they were.
inline void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (byte < 0x20 || byte >= 0x7f) {
      out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace freshet::proxy
