#include "http1/chunked.h"

#include "http1/scan.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace freshet::http1 {
namespace {

// 16: none.
constexpr unsigned hex_value(char c) noexcept {
  if (http::is_digit(c)) return static_cast<unsigned>(c - '0');
  const char low = http::lower(c);
  return low >= 'a' && low <= 'f' ? static_cast<unsigned>(low - 'a') + 10 : 16;
}

constexpr std::uint8_t kMostDigits = 16;
constexpr auto kMostChunk = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

}  // namespace

Piece ChunkedDecoder::feed(std::string_view in) noexcept {
  Piece piece;
  std::size_t at = 0;
  while (at < in.size() && state_ != State::done && state_ != State::bad) {
    if (state_ != State::content) {
      step(in[at]);
      ++at;
      continue;
    }
    const auto run_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(content_bytes_left_, in.size() - at));
    piece.content = in.substr(at, run_bytes);
    at += run_bytes;
    content_bytes_left_ -= run_bytes;
    if (content_bytes_left_ == 0) state_ = State::content_cr;
    break;
  }
  piece.consumed_bytes = at;
  piece.progress = state_ == State::done ? Progress::done : state_ == State::bad ? Progress::bad : Progress::more;
  return piece;
}

void ChunkedDecoder::step(char c) noexcept {
  switch (state_) {
    case State::size_first:
      digits_ = 0;
      [[fallthrough]];
    case State::size:
      step_size(c);
      break;
    case State::space_before_extension:
    case State::extension:
      step_extension(c);
      break;
    case State::size_lf:
      if (c != '\n') return refuse(Refusal::bare_cr);
      state_ = content_bytes_left_ == 0 ? State::trailer_first : State::content;
      break;
    case State::content_cr:
      if (c != '\r') return refuse(Refusal::bad_chunk_end);
      state_ = State::content_lf;
      break;
    case State::content_lf:
      if (c != '\n') return refuse(Refusal::bad_chunk_end);
      state_ = State::size_first;
      break;
    case State::trailer_first:
    case State::trailer_name:
    case State::trailer_value:
    case State::trailer_lf:
    case State::last_lf:
      step_trailer(c);
      break;
    case State::content:
    case State::done:
    case State::bad:
      break;
  }
}

// chunk-size = 1*HEXDIG, and nothing of what number readers of libraries let through: signs, "0x", "_", spaces.
void ChunkedDecoder::step_size(char c) noexcept {
  const unsigned value = hex_value(c);
  if (value < 16) {
    if (++digits_ > kMostDigits) return refuse(Refusal::bad_chunk_size);
    content_bytes_left_ = (state_ == State::size_first ? 0 : content_bytes_left_ << 4) | value;
    state_ = State::size;
    return;
  }
  if (state_ == State::size_first || content_bytes_left_ > kMostChunk) return refuse(Refusal::bad_chunk_size);
  end_size_line(c);
}

// chunk-ext = *( BWS ";" BWS name ...): whitespace counts as part of an extension, and only a semicolon may follow it.
void ChunkedDecoder::step_extension(char c) noexcept {
  if (state_ == State::extension && belongs<Run::value>(c)) {
    take(extension_bytes_left_, Refusal::chunk_extensions_too_large);
    return;
  }
  if (state_ == State::space_before_extension && c == '\r') return refuse(Refusal::bad_chunk_extension);
  end_size_line(c);
}

void ChunkedDecoder::end_size_line(char c) noexcept {
  if (c == '\r') {
    state_ = State::size_lf;
  } else if (c == '\n') {
    refuse(Refusal::bare_lf);
  } else if (c == ';' || http::is_space(c)) {
    if (!take(extension_bytes_left_, Refusal::chunk_extensions_too_large)) return;
    state_ = c == ';' ? State::extension : State::space_before_extension;
  } else {
    refuse(state_ == State::size ? Refusal::bad_chunk_size : Refusal::bad_chunk_extension);
  }
}

void ChunkedDecoder::step_trailer(char c) noexcept {
  if (state_ == State::last_lf) {
    if (c != '\n') return refuse(Refusal::bare_cr);
    state_ = State::done;
    return;
  }
  if (state_ == State::trailer_lf) {
    if (c != '\n') return refuse(Refusal::bare_cr);
    state_ = State::trailer_first;
    return;
  }
  if (state_ == State::trailer_first && c == '\r') {
    state_ = State::last_lf;
    return;
  }
  if (!take(trailer_bytes_left_, Refusal::trailers_too_large)) return;
  if (c == '\n') return refuse(Refusal::bare_lf);
  if (state_ == State::trailer_value) {
    if (c == '\r') {
      state_ = State::trailer_lf;
    } else if (!belongs<Run::value>(c)) {
      refuse(Refusal::bad_trailer);
    }
    return;
  }
  if (belongs<Run::token>(c)) {
    state_ = State::trailer_name;
  } else if (c == ':' && state_ == State::trailer_name) {
    state_ = State::trailer_value;
  } else {
    refuse(Refusal::bad_trailer);
  }
}

void ChunkedDecoder::refuse(Refusal refusal) noexcept {
  state_ = State::bad;
  refusal_ = refusal;
}

bool ChunkedDecoder::take(std::size_t& bytes_left, Refusal beyond) noexcept {
  if (bytes_left == 0) {
    refuse(beyond);
    return false;
  }
  --bytes_left;
  return true;
}

ChunkHead::ChunkHead(std::uint64_t content_bytes) noexcept {
  char* const end = std::to_chars(text_.data(), text_.data() + kMostDigits, content_bytes, 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  size_ = static_cast<std::uint8_t>(end + 2 - text_.data());
}

void append_chunk(std::string& out, std::string_view content) {
  if (content.empty()) return;
  out.append(ChunkHead(content.size()).view()).append(content).append(kChunkEnd);
}

}  // namespace freshet::http1
