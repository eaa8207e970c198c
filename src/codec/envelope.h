// The content word that a store keeps beside every value (store.h, Meta::content): what its bytes are, and whether a
// reader of a given type may decode them.
#pragma once

#include <freshet/reason.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace freshet::codec {

/// What the bytes beside the word are.
enum class Encoding : std::uint8_t {
  raw = 0,          ///< bytes as they are (freshet::Bytes)
  messagepack = 1,  ///< one MessagePack value
  nothing = 2,      ///< no bytes: a cached "nothing"
  error = 3,        ///< the message of a load that failed
};

// The content word, from the highest bit:
//
//    31    28  27   26   25   24  23                                  0
//   +--------+----+----+---------+-------------------------------------+
//   |version | 0  |zstd|encoding |            shape digest             |
//   +--------+----+----+---------+-------------------------------------+
//
// A word of 0 has version 0 and is never valid. Bit 27 is kept for a later use: who does not know it must not decode.
inline constexpr std::uint32_t kContentVersion = 1;
inline constexpr int kVersionShift = 28;
inline constexpr std::uint32_t kReservedBit = 1U << 27;
inline constexpr std::uint32_t kZstdBit = 1U << 26;
inline constexpr int kEncodingShift = 24;
inline constexpr std::uint32_t kEncodingMask = 3U << kEncodingShift;
inline constexpr std::uint32_t kShapeMask = (1U << 24) - 1;
static_assert((0xfU << kVersionShift ^ kReservedBit ^ kZstdBit ^ kEncodingMask ^ kShapeMask) == 0xffffffffU);

/// The word for uncompressed bytes of the current version. `shape`: shape_digest<T>(), or kAnyShape.
constexpr std::uint32_t content_word(Encoding encoding, std::uint32_t shape) noexcept {
  return kContentVersion << kVersionShift | static_cast<std::uint32_t>(encoding) << kEncodingShift |
         (shape & kShapeMask);
}

constexpr Encoding encoding_of(std::uint32_t content) noexcept {
  return static_cast<Encoding>((content & kEncodingMask) >> kEncodingShift);
}
constexpr std::uint32_t shape_of(std::uint32_t content) noexcept { return content & kShapeMask; }
constexpr bool is_compressed(std::uint32_t content) noexcept { return (content & kZstdBit) != 0; }

/// Replaces `bytes` by a zstd frame and marks it in `content`, if `bytes` has at least `threshold` bytes (0: never) and
/// the frame saves at least a tenth. `level` is zstd's, 1 to 19.
/// Errors: none; whatever goes wrong leaves both as they are. Cost: level 1 compresses some 500 MB/s.
void compress_if_worthwhile(std::string& bytes, std::uint32_t& content, std::size_t threshold, int level = 1) noexcept;

/// Checks that a reader whose type has the digest `expected_shape` may decode `bytes`, and decompresses them in place.
/// kAnyShape expected takes every shape; kAnyShape stored is for everybody, except that raw bytes are not for a reader
/// who expects a shape. Returns nothing when all is well, else why it is a miss: miss_undecodable (version, frame) or
/// miss_other_shape; then `bytes` is unspecified.
/// Errors: never throws. Memory: whatever the header declares, at most 1 MiB for the value, or three times what the
/// frame has delivered so far while its buffer grows; and zstd's window, at most 8 MiB.
std::optional<Reason> open_envelope(std::uint32_t content, std::uint32_t expected_shape, std::string& bytes) noexcept;

}  // namespace freshet::codec
