// A response's head, as an answer to GET, HEAD and CONNECT: the same whatever the pieces; one framing; no connection
// that is kept although the body's end is in doubt; written anew, it reads the same.
#include "http1/response_head.h"
#include "tests/fuzz/http1_heads.h"

namespace {

using namespace freshet::http1;

void must_equal(const ResponseHead& a, const ResponseHead& b) {
  must(a.refusal == b.refusal, "one refusal");
  if (a.refusal != Refusal::none) return;
  must(a.status == b.status && a.reason_phrase == b.reason_phrase, "one status");
  must(a.body == b.body && a.upgrade == b.upgrade, "one framing");
  must(same_fields(a.fields(), {b.fields().begin(), b.fields().end()}), "the same fields");
}

void check_accepted(const ResponseHead& head, std::string_view buffer, std::string_view method, const Limits& limits) {
  must(head.head_bytes <= buffer.size() && head.head_bytes <= limits.most_head_bytes, "a head within its limit");
  must(head.fields().size() <= limits.most_fields && head.status >= 100 && head.status <= 599, "limits hold");
  must(lies_in(head.reason_phrase, buffer), "views lie in the buffer");
  must_be_clear(head.fields(), buffer, head.body);
  const bool bodiless = method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304;
  must(bodiless == (head.body.framing == Framing::none), "no framing without a body");
  must(!head.keep_alive || head.body.framing != Framing::until_close, "until_close closes");

  std::string written;
  must(append_status_line(written, head.status, head.reason_phrase), "what was read is written");
  must_append_fields(written, head.fields());
  ResponseHead again;
  const Parsed parsed = parse_response(written, method, limits, again);
  // HTTP/1.0 is written as 1.1; and a line that was written with its spaces may no longer fit.
  if (parsed != Parsed::complete) return must(again.refusal == Refusal::head_too_large, "and read again");
  must_equal(head, again);
  if (head.minor_version > 0) must(head.keep_alive == again.keep_alive, "and kept as before");
}

void check(std::string_view message, std::string_view method, const Limits& limits) {
  const Exactly whole(message);
  ResponseHead once;
  const Parsed parsed = parse_response(whole.view(), method, limits, once);
  must((parsed == Parsed::bad) == (once.refusal != Refusal::none), "bad has a reason");
  if (parsed == Parsed::incomplete) must(message.size() < limits.most_head_bytes, "nobody waits beyond the limit");
  if (parsed == Parsed::complete) check_accepted(once, whole.view(), method, limits);
  ResponseHead pieces;
  each_way(
      message, [&](std::string_view bytes) { return parse_response(bytes, method, limits, pieces); },
      [&](Parsed way) {
        must(way == parsed, "one verdict whatever the pieces");
        if (way == Parsed::complete) must(pieces.head_bytes == once.head_bytes, "one end");
        if (way != Parsed::incomplete) must_equal(once, pieces);
        pieces.restart();
      });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view message = freshet::http::text_of(bytes, size);
  for (const char* method : {"GET", "HEAD", "CONNECT"}) check(message, method, {});
  Limits tight;
  tight.most_head_bytes = 96;
  tight.most_fields = 3;
  check(message, "GET", tight);
  return 0;
}
