// What must hold of a head that was read, of requests and responses alike, and the ways to hand a parser its bytes.
#pragma once

#include "http1/framing.h"
#include "http1/write.h"
#include "tests/fuzz/http_lines.h"

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::http1 {

using http::must;

/// Bytes in memory of exactly their size, so that the address sanitizer sees who reads one too many.
class Exactly {
 public:
  explicit Exactly(std::string_view bytes) : memory_(new char[bytes.size()]), size_(bytes.size()) {
    if (size_ != 0) std::memcpy(memory_.get(), bytes.data(), size_);
  }
  std::string_view view() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t size_;
};

inline bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

inline bool same_fields(http::Fields a, const std::vector<http::Field>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.name == y.name && x.value == y.value; });
}

/// Reads `message` in pieces, by `parse(bytes)`: byte by byte in one place if it is short, and in two pieces of which
/// the second finds the first somewhere else. `same(parsed)` must hold at the end of each.
template <class Parse, class Same>
void each_way(std::string_view message, Parse&& parse, Same&& same) {
  const Exactly whole(message);
  Parsed parsed = Parsed::incomplete;
  const std::size_t step = message.size() <= 256 ? 1 : 61;
  for (std::size_t size = 0; parsed == Parsed::incomplete; size += step) {
    parsed = parse(whole.view().substr(0, size));
    if (size >= message.size()) break;
  }
  same(parsed);

  std::size_t cut = message.size();
  for (const char c : message) cut = cut * 31 + static_cast<unsigned char>(c);
  const Exactly part(message.substr(0, message.empty() ? 0 : cut % message.size()));
  parsed = parse(part.view());
  if (parsed == Parsed::incomplete) parsed = parse(whole.view());
  same(parsed);
}

/// What no head that is accepted may look like.
inline void must_be_clear(http::Fields fields, std::string_view buffer, const Body& body) {
  const std::size_t lengths = http::count(fields, "Content-Length");
  const std::size_t codings = http::count(fields, "Transfer-Encoding");
  must(lengths + codings <= 1, "one framing at most");
  must(body.framing != Framing::chunked || codings == 1, "chunked because it was said");
  must(body.framing != Framing::length || lengths == 1, "a length because it was said");
  must(body.framing == Framing::length || body.length_bytes == 0, "a length only with its framing");
  must(body.length_bytes <= INT64_MAX, "lengths can be added up");
  for (const http::Field& field : fields) {
    must(lies_in(field.name, buffer) && lies_in(field.value, buffer), "views lie in the buffer");
    must(http::is_token(field.name) && http::is_field_value(field.value), "names and values are such");
    must(http::trim(field.value) == field.value, "whitespace around a value is gone");
  }
}

inline void must_append_fields(std::string& out, http::Fields fields) {
  for (const http::Field& field : fields) must(append_field(out, field.name, field.value), "what was read is written");
  append_head_end(out);
}

}  // namespace freshet::http1
