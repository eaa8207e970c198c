// Chunks (RFC 9112 section 7.1): read as they come, in whatever pieces, and written.
//
// Extensions are skipped, not refused: the RFC asks for that, and honest clients send them. They cannot smuggle
// anything here, for no byte of them is ever forwarded, a control byte in them is refused, LF without CR above all, and
// all extensions of a body share one limit. Trailers are checked like fields and dropped: nobody behind us asked for
// them, and merged into the head they would be what the head's rules keep out.
#pragma once

#include "http1/framing.h"
#include "http1/refusal.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::http1 {

enum class Progress : std::uint8_t {
  more,  ///< the body goes on
  done,  ///< the body has ended; what was not consumed belongs to the next message
  bad,   ///< refusal() says why; the connection is lost
};

/// What one step made of the bytes that it was given.
struct Piece {
  std::size_t consumed_bytes = 0;  ///< of the input; in the state `more` at least one, unless there was none
  std::string_view content;        ///< a view of the input; may be empty
  Progress progress = Progress::more;
};

class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(const Limits& limits) noexcept
      : extension_bytes_left_(limits.most_chunk_extension_bytes), trailer_bytes_left_(limits.most_trailer_bytes) {}

  /// Takes bytes up to the end of the first run of content, and returns that. Call it with the rest until all is
  /// consumed, or the progress is no longer `more`. After `done` it takes nothing, after `bad` it stays bad.
  Piece feed(std::string_view in) noexcept;
  Refusal refusal() const noexcept { return refusal_; }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    space_before_extension,
    extension,
    size_lf,
    content,
    content_cr,
    content_lf,
    trailer_first,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    bad,
  };
  // One byte of anything but content.
  void step(char c) noexcept;
  void step_size(char c) noexcept;
  void step_extension(char c) noexcept;
  void end_size_line(char c) noexcept;
  void step_trailer(char c) noexcept;
  void refuse(Refusal refusal) noexcept;
  bool take(std::size_t& bytes_left, Refusal beyond) noexcept;

  State state_ = State::size_first;
  Refusal refusal_ = Refusal::none;
  std::uint8_t digits_ = 0;
  std::uint64_t content_bytes_left_ = 0;  // of this chunk
  std::size_t extension_bytes_left_;
  std::size_t trailer_bytes_left_;
};

/// What stands before a chunk's content: "1f40\r\n". For a writer that gathers.
class ChunkHead {
 public:
  /// `content_bytes` is not zero: that would be the last chunk.
  explicit ChunkHead(std::uint64_t content_bytes) noexcept;
  std::string_view view() const noexcept { return std::string_view(text_.data(), size_); }

 private:
  std::array<char, 18> text_;
  std::uint8_t size_ = 0;
};

inline constexpr std::string_view kChunkEnd = "\r\n";        ///< behind each chunk's content
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";  ///< the end of the body, without trailers

/// A whole chunk. Nothing for empty content, which would end the body.
void append_chunk(std::string& out, std::string_view content);

}  // namespace freshet::http1
