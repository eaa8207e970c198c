// Stand-in for the codec room's envelope, replaced when the rooms meet: no compression.
#pragma once

#include <freshet/reason.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace freshet::codec {

enum class Encoding : std::uint8_t { raw, messagepack, nothing, error };

std::uint32_t content_word(Encoding encoding, std::uint32_t shape);
Encoding encoding_of(std::uint32_t content);
void compress_if_worthwhile(std::string& bytes, std::uint32_t& content, std::size_t threshold);
std::optional<Reason> open_envelope(std::uint32_t content, std::uint32_t expected_shape, std::string& bytes);

}  // namespace freshet::codec
