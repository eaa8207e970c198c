#include "codec/envelope.h"

namespace freshet::codec {

std::uint32_t content_word(Encoding encoding, std::uint32_t shape) {
  return (static_cast<std::uint32_t>(encoding) << 24) | (shape & 0xffffffu);
}

Encoding encoding_of(std::uint32_t content) { return static_cast<Encoding>((content >> 24) & 3u); }

void compress_if_worthwhile(std::string&, std::uint32_t&, std::size_t) {}

std::optional<Reason> open_envelope(std::uint32_t content, std::uint32_t expected_shape, std::string&) {
  const std::uint32_t shape = content & 0xffffffu;
  if (expected_shape != 0 && shape != 0 && shape != expected_shape) return Reason::miss_other_shape;
  return std::nullopt;
}

}  // namespace freshet::codec
