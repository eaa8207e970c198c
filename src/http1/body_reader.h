// The body of a message, whatever its framing: bytes of the connection go in, views of content come out, and the end is
// certain or the body was cut short. No bytes are kept.
#pragma once

#include "http1/chunked.h"

#include <cstdint>
#include <string_view>

namespace freshet::http1 {

class BodyReader {
 public:
  BodyReader(const Body& body, const Limits& limits) noexcept;

  /// As ChunkedDecoder::feed. With Framing::none, and a length of zero, it is done before the first call.
  Piece feed(std::string_view in) noexcept;
  /// The connection has ended. `done` if the body has, which is how Framing::until_close ends; otherwise `bad`, with
  /// Refusal::body_cut_short.
  Progress end_of_input() noexcept;

  Progress progress() const noexcept { return progress_; }
  bool done() const noexcept { return progress_ == Progress::done; }
  Refusal refusal() const noexcept { return refusal_; }
  /// Content handed out so far.
  std::uint64_t content_bytes() const noexcept { return content_bytes_; }
  /// Still to come, by Framing::length; otherwise 0. A proxy may let the kernel move so many bytes itself, and says so
  /// by skip().
  std::uint64_t length_left() const noexcept { return length_left_; }
  /// So many bytes of the body went another way, at most length_left().
  void skip(std::uint64_t bytes) noexcept;

 private:
  Framing framing_;
  Progress progress_ = Progress::more;
  Refusal refusal_ = Refusal::none;
  std::uint64_t length_left_ = 0;
  std::uint64_t content_bytes_ = 0;
  ChunkedDecoder chunks_;
};

}  // namespace freshet::http1
