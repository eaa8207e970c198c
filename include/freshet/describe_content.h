// What a stored value is, told from the word that stands beside it: for tools that show entries of unknown type.
#pragma once

#include <cstdint>
#include <string>

namespace freshet {

/// Meta::content in words: "MessagePack, zstd, shape 5a3b21". Never throws for a word that no codec wrote: it says so.
/// The shape is the digest of the value's type; equal types of two builds have equal shapes.
std::string describe_content(std::uint32_t content);

}  // namespace freshet
