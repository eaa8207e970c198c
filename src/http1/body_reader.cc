#include "http1/body_reader.h"

#include <algorithm>

namespace freshet::http1 {

BodyReader::BodyReader(const Body& body, const Limits& limits) noexcept
    : framing_(body.framing), length_left_(body.framing == Framing::length ? body.length_bytes : 0), chunks_(limits) {
  if (framing_ == Framing::none || (framing_ == Framing::length && length_left_ == 0)) progress_ = Progress::done;
}

Piece BodyReader::feed(std::string_view in) noexcept {
  Piece piece;
  piece.progress = progress_;
  if (progress_ != Progress::more) return piece;
  switch (framing_) {
    case Framing::none:
      break;
    case Framing::length:
      piece.content = in.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(in.size(), length_left_)));
      piece.consumed_bytes = piece.content.size();
      length_left_ -= piece.content.size();
      if (length_left_ == 0) piece.progress = Progress::done;
      break;
    case Framing::chunked:
      piece = chunks_.feed(in);
      refusal_ = chunks_.refusal();
      break;
    case Framing::until_close:
      piece.content = in;
      piece.consumed_bytes = in.size();
      break;
  }
  content_bytes_ += piece.content.size();
  progress_ = piece.progress;
  return piece;
}

Progress BodyReader::end_of_input() noexcept {
  if (progress_ != Progress::more) return progress_;
  if (framing_ == Framing::until_close) {
    progress_ = Progress::done;
  } else {
    progress_ = Progress::bad;
    refusal_ = Refusal::body_cut_short;
  }
  return progress_;
}

void BodyReader::skip(std::uint64_t bytes) noexcept {
  bytes = std::min(bytes, length_left_);
  length_left_ -= bytes;
  content_bytes_ += bytes;
  if (framing_ == Framing::length && length_left_ == 0) progress_ = Progress::done;
}

}  // namespace freshet::http1
