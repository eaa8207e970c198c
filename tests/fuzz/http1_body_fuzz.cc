// A body: its framing as a line ("chunked", "close", or a length), then its bytes. The same content and the same end
// whatever the pieces; nothing is read behind the end; content that is written in chunks is read again.
#include "http1/body_reader.h"
#include "tests/fuzz/http1_heads.h"

namespace {

using namespace freshet::http1;

struct Outcome {
  std::string content;
  std::size_t consumed_bytes = 0;
  Progress progress = Progress::more;
  Refusal refusal = Refusal::none;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view bytes, std::size_t piece_bytes, const Body& body, const Limits& limits) {
  BodyReader reader(body, limits);
  Outcome outcome;
  while (!bytes.empty()) {
    const Exactly input(bytes.substr(0, piece_bytes));
    std::string_view rest = input.view();
    while (!rest.empty() && reader.progress() == Progress::more) {
      const Piece piece = reader.feed(rest);
      must(piece.consumed_bytes <= rest.size(), "no more is consumed than there is");
      must(piece.consumed_bytes > 0 || piece.progress == Progress::bad, "each step goes on");
      must(lies_in(piece.content, rest.substr(0, piece.consumed_bytes)), "content is of what was consumed");
      outcome.content += piece.content;
      outcome.consumed_bytes += piece.consumed_bytes;
      rest.remove_prefix(piece.consumed_bytes);
    }
    if (reader.progress() != Progress::more) break;
    bytes.remove_prefix(input.view().size());
  }
  must(reader.content_bytes() == outcome.content.size(), "content is counted");
  const Piece behind = reader.progress() == Progress::more ? Piece{} : reader.feed("X");
  must(behind.consumed_bytes == 0 && behind.content.empty(), "nothing is taken behind the end");
  if (reader.progress() == Progress::more) {
    const Progress end = reader.end_of_input();
    must((end == Progress::done) == (body.framing == Framing::until_close),
         "only until_close ends with its connection");
    must(end != Progress::bad || reader.refusal() == Refusal::body_cut_short, "or it was cut short");
  }
  outcome.progress = reader.progress();
  outcome.refusal = reader.refusal();
  must((outcome.progress == Progress::bad) == (outcome.refusal != Refusal::none), "bad has a reason");
  return outcome;
}

void check(std::string_view bytes, const Body& body, const Limits& limits) {
  const Outcome whole = read(bytes, bytes.size(), body, limits);
  for (const std::size_t piece_bytes : {1U, 2U, 3U, 17U}) {
    must(read(bytes, piece_bytes, body, limits) == whole, "one outcome whatever the pieces");
  }
  if (whole.progress != Progress::done) return;
  must(body.framing != Framing::length || whole.content.size() == body.length_bytes, "a length is what it says");
  if (bytes.size() > 1) {
    // What follows does not matter.
    const std::string more = std::string(bytes.substr(0, whole.consumed_bytes)) + "0\r\n\r\n";
    if (body.framing != Framing::until_close) must(read(more, 5, body, limits) == whole, "an end is an end");
  }
  std::string written;
  const std::string_view content = whole.content;
  for (std::size_t at = 0, step = 1; at < content.size(); at += step, step = step * 3 + 1) {
    append_chunk(written, content.substr(at, step));
  }
  written += kLastChunk;
  const Outcome again = read(written, 7, {Framing::chunked, 0}, limits);
  must(again.progress == Progress::done && again.content == content, "what is written is read again");
  must(again.consumed_bytes == written.size(), "to its end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  std::string_view bytes = freshet::http::text_of(input, size);
  const std::string_view framing = freshet::http::take_until(bytes, '\n');
  Body body{Framing::none, 0};
  if (framing == "chunked") body.framing = Framing::chunked;
  if (framing == "close") body.framing = Framing::until_close;
  if (const auto length = freshet::http::parse_uint64(framing)) body = {Framing::length, *length};
  check(bytes, body, {});
  Limits tight;
  tight.most_chunk_extension_bytes = 8;
  tight.most_trailer_bytes = 16;
  check(bytes, body, tight);
  return 0;
}
