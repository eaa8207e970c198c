// Where a message's body ends (RFC 9112 section 6), and the limits within which strangers may speak.
#pragma once

#include <cstddef>
#include <cstdint>

namespace freshet::http1 {

enum class Framing : std::uint8_t {
  none,         ///< no body: the next message follows the head
  length,       ///< so many bytes
  chunked,      ///< chunks with their sizes
  until_close,  ///< all until the connection ends; responses only
};

struct Body {
  Framing framing = Framing::none;
  std::uint64_t length_bytes = 0;  ///< of Framing::length; below 2^63, so that sums of positions do not wrap
  friend bool operator==(const Body&, const Body&) = default;
};

struct Limits {
  std::size_t most_head_bytes = 32 * 1024;   ///< first line, fields and the empty line; beyond: 431
  std::size_t most_target_bytes = 8 * 1024;  ///< beyond: 414
  std::size_t most_fields = 100;             ///< beyond: 431
  /// Of all chunks of one body together: extensions are skipped, and nobody needs many.
  std::size_t most_chunk_extension_bytes = 4 * 1024;
  /// Of the fields behind the last chunk, which are checked and dropped.
  std::size_t most_trailer_bytes = 8 * 1024;
  /// A response whose Transfer-Encoding is something else than chunked goes until the connection ends (RFC 9112
  /// section 6.3) and is passed on as it is. Off, it is refused: nobody downstream would know that it is coded.
  bool unknown_response_codings = false;
};

/// What became of bytes that should be a head.
enum class Parsed : std::uint8_t {
  complete,    ///< the head is there; the body, or the next message, begins behind head_bytes
  incomplete,  ///< well formed so far: call again with more bytes behind these
  bad,         ///< `refusal` says why; nothing behind it on this connection can be trusted
};

}  // namespace freshet::http1
